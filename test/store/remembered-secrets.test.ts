/** Secrets remembered: for a minute, and for as long as their keeper is silent. */
import { describe, expect, it } from 'vitest';
import { RememberedSecrets } from '../../src/adapters/secrets/remembered.ts';
import { createSecrets } from '../../src/adapters/secrets/secrets.ts';
import { Unavailable, Unreadable } from '../../src/ports.ts';

describe('what is remembered', () => {
  it('is not asked for again for a minute, and then taken up anew', async () => {
    const { clock, keeper, secrets } = remembered();
    expect([await secrets.reveal('env:A'), await secrets.reveal('env:A')]).toEqual(['one', 'one']);
    keeper.value = 'two';
    clock.advance(59_999);
    expect(await secrets.reveal('env:A')).toBe('one');
    clock.advance(1);
    expect(await secrets.reveal('env:A')).toBe('two');
    expect(keeper.asked).toEqual(['env:A', 'env:A']);
  });

  it('is asked for once by many at the same time, and for each reference apart', async () => {
    const { keeper, secrets } = remembered();
    await Promise.all(['env:A', 'env:A', 'env:B', 'env:A'].map((each) => secrets.reveal(each)));
    expect(keeper.asked).toEqual(['env:A', 'env:B']);
  });

  it.each([
    ['stood while the wall clock went on', { wall: 60_000, mono: 0 }],
    ['went on while the wall clock was set back', { wall: -1, mono: 1 }],
  ])('is asked for again when the monotonic clock %s', async (_, by) => {
    const { clock, keeper, secrets } = remembered();
    await secrets.reveal('env:A');
    clock.move(by);
    await secrets.reveal('env:A');
    expect(keeper.asked).toHaveLength(2);
  });

  it('is used on while its keeper does not answer, who is asked every 5 s', async () => {
    const { clock, keeper, secrets } = remembered();
    await secrets.reveal('env:A');
    keeper.failure = new Unavailable('no answer');
    clock.advance(60_000);
    for (let i = 0; i < 10; i++) {
      expect(await secrets.reveal('env:A')).toBe('one');
      clock.advance(1000);
    }
    expect(keeper.asked).toHaveLength(3);
    keeper.failure = undefined;
    keeper.value = 'two';
    clock.advance(5000);
    expect(await secrets.reveal('env:A')).toBe('two');
  });

  it('is used on while its keeper takes its time, whose word is taken up when it comes', async () => {
    const { clock, keeper, secrets } = remembered();
    await secrets.reveal('env:A');
    const late = Promise.withResolvers<void>();
    keeper.delay = late.promise;
    keeper.value = 'two';
    clock.advance(60_000);
    const meanwhile = secrets.reveal('env:A');
    clock.wake();
    expect(await meanwhile).toBe('one');
    expect(clock.slept).toEqual([100]);
    late.resolve();
    await late.promise;
    await new Promise(setImmediate);
    expect(await secrets.reveal('env:A')).toBe('two');
    expect(keeper.asked).toHaveLength(2);
  });

  it('is waited for the first time, however long it takes', async () => {
    const { clock, keeper, secrets } = remembered();
    const late = Promise.withResolvers<void>();
    keeper.delay = late.promise;
    const asked = secrets.reveal('env:A');
    late.resolve();
    expect(await asked).toBe('one');
    expect(clock.slept).toEqual([]);
  });

  it('is given up when its keeper says that there is no such secret', async () => {
    const { clock, keeper, secrets } = remembered();
    await secrets.reveal('env:A');
    keeper.failure = new Unreadable('gone');
    clock.advance(60_000);
    await expect(secrets.reveal('env:A')).rejects.toThrow('gone');
    keeper.failure = new Unavailable('no answer');
    await expect(secrets.reveal('env:A')).rejects.toThrow('no answer');
  });

  it('is no failure: the next to ask asks again', async () => {
    const { keeper, secrets } = remembered();
    keeper.failure = new Unavailable('no answer');
    await expect(secrets.reveal('env:A')).rejects.toThrow('no answer');
    keeper.failure = undefined;
    expect(await secrets.reveal('env:A')).toBe('one');
  });

  it('has a limit', async () => {
    const { keeper, secrets } = remembered();
    for (let i = 0; i <= 1000; i++) await secrets.reveal(`env:A${i}`);
    await secrets.reveal('env:A1');
    expect(keeper.asked).toHaveLength(1001);
    await secrets.reveal('env:A0');
    expect(keeper.asked).toHaveLength(1002);
  });

  it('is what a deployment gets', async () => {
    const environment: Record<string, string> = { REDIS: 'one' };
    const { clock } = remembered();
    const key = { missing: 'none' };
    const asked = () => Promise.reject(new Error('the table was asked'));
    const noTable = { read: asked, write: asked };
    const secrets = createSecrets({ sealed: noTable, key, environment, clock });
    expect(await secrets.reveal('env:REDIS')).toBe('one');
    environment['REDIS'] = 'two';
    expect(await secrets.reveal('env:REDIS')).toBe('one');
    clock.advance(60_000);
    expect(await secrets.reveal('env:REDIS')).toBe('two');
    await expect(secrets.keep('hunter2')).rejects.toThrow('a secret cannot be stored: none');
  });
});

function remembered() {
  let now = { wall: 1_000_000, mono: 0 };
  const move = (by: { wall: number; mono: number }) => {
    now = { wall: now.wall + by.wall, mono: now.mono + by.mono };
  };
  const slept: number[] = [];
  const wakes: (() => void)[] = [];
  const clock = {
    now: () => now,
    move,
    advance: (ms: number) => move({ wall: ms, mono: ms }),
    slept,
    sleep: (ms: number) => {
      slept.push(ms);
      return new Promise<void>((resolve) => wakes.push(resolve));
    },
    wake: () => {
      for (const wake of wakes.splice(0)) wake();
    },
  };
  const keeper = {
    value: 'one',
    delay: Promise.resolve(),
    failure: undefined as Error | undefined,
    asked: [] as string[],
  };
  const secrets = new RememberedSecrets({
    clock,
    secrets: {
      reveal: async (reference) => {
        keeper.asked.push(reference);
        await keeper.delay;
        if (keeper.failure) throw keeper.failure;
        return keeper.value;
      },
      keep: async () => 'stored:x',
    },
  });
  return { clock, keeper, secrets };
}
