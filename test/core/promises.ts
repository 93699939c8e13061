/** What must hold after every step of the random world; a broken promise is thrown, naming it. */
import type { NodeCommand } from '../../src/core/commands.ts';
import type { Decision } from '../../src/core/decision.ts';
import { type Incarnation, type MasterState, nodeId, sameAddress, type Vote } from '../../src/core/model.ts';
import type { Self, View } from '../../src/core/view.ts';

/** What happened, so that a test can tell whether the world was worth looking at. */
export interface Seen {
  elections: number;
  leaders: number;
  resumed: number;
  intents: number;
  otherIntents: number;
  switches: number;
  ended: number;
  repairs: number;
  forced: number;
  handedOver: number;
}

export class Promises {
  readonly seen: Seen = {
    ...{
      elections: 0,
      leaders: 0,
      resumed: 0,
      intents: 0,
      otherIntents: 0,
      switches: 0,
      ended: 0,
      repairs: 0,
      forced: 0,
      handedOver: 0,
    },
  };
  readonly #once = new Map<string, string>();
  readonly #promoted = new Set<string>();

  constructor(first: MasterState) {
    this.#keepOne(`master of config epoch ${first.configEpoch}`, nodeId(first.master.address));
  }

  /** Nobody without an incarnation votes, stands, leads or promotes. */
  onDecision(view: View, self: Self, { vote, write, commands }: Decision): void {
    if (vote) {
      promise(self.incarnation !== undefined, 'a pulse voted');
      const election = write?.election ?? view.state.election;
      promise(vote.sentinel === self.id, `${self.id} cast the vote of ${vote.sentinel}`);
      promise(vote.epoch === election?.epoch, `a vote for epoch ${vote.epoch}, which is not open`);
      promise(who(vote.candidate) === who(election.candidate), 'a vote for somebody who does not stand');
    }
    for (const command of commands) {
      const { node } = command;
      if (command.kind === 'promote') promise(self.incarnation !== undefined, 'a pulse promoted');
      else if ('upstream' in command)
        promise(!sameAddress(node, command.upstream), `${nodeId(node)} was to follow itself`);
    }
  }

  onWrite(before: MasterState, after: MasterState, self: Self, votes: readonly Vote[]): void {
    this.#epochs(before, after);
    this.#elections(before, after, self);
    this.#failovers(before, after, self, votes);
    this.#masters(before, after);
    beat(before, after, self);
    events(before, after);
  }

  /** A repair leaves: nothing is open, and it serves the node the state names. */
  onSend({ failover, election, master }: MasterState, { id }: Self, command: NodeCommand): void {
    if (command.kind !== 'follow' || command.fence !== 'read') return;
    const what = `the repair of ${nodeId(command.node)} by ${id}`;
    promise(!failover && !election, `${what} while an election or a failover is open`);
    promise(sameAddress(command.upstream, master.address), `${what} serves a node the state does not name`);
    this.seen.repairs++;
  }

  /** A command has run at a node: its sender was entitled to it at that very moment. */
  onRun(
    { failover, election, currentEpoch, master }: MasterState,
    self: Self,
    command: NodeCommand,
    heard: boolean,
  ) {
    const me = who({ sentinel: self.id, incarnation: self.incarnation ?? 0 });
    const leads = !election && failover?.epoch === currentEpoch && who(failover.leader) === me;
    const what = `${command.kind} ${nodeId(command.node)} by ${me} in epoch ${command.epoch}`;
    if (command.kind === 'promote') {
      promise(leads && command.epoch === currentEpoch, `${what}: not the leader of epoch ${currentEpoch}`);
      const { intent } = failover;
      const meant = intent && intent.epoch === currentEpoch && sameAddress(intent.node, command.node);
      promise(meant === true, `${what}: without an intent`);
      if (heard) this.#promoted.add(`${me} ${command.epoch} ${nodeId(command.node)}`);
      return;
    }
    if (command.fence !== 'lease' || command.kind === 'unpause') return; // judged when it was sent: its fence is a second, not the state
    if (command.kind === 'pause') return promise(leads, `${what}: not the leader`);
    if (command.kind === 'hand over') {
      const { intent } = failover ?? {};
      const meant = intent?.epoch === currentEpoch && sameAddress(intent.node, command.upstream);
      return promise(leads && meant, `${what}: without an intent of its own`);
    }
    if (command.kind !== 'follow') return;
    promise(sameAddress(command.upstream, master.address), `${what}: to a node the state does not name`);
    promise(leads && failover.step === 'reconfiguring', `${what}: not the leader after its switch`);
  }

  /** A coordinated failover loses nothing: the writers are held back, and the successor has everything. */
  onHandOver(command: NodeCommand, paused: boolean, lost: number): void {
    promise(paused, `${nodeId(command.node)} was handed over while its writers wrote`);
    promise(lost <= 0, `${nodeId(command.node)} was handed over ${lost} bytes ahead of its successor`);
    this.seen.handedOver++;
  }

  #epochs(before: MasterState, after: MasterState): void {
    promise(after.currentEpoch >= before.currentEpoch, 'the current epoch shrank');
    promise(after.configEpoch >= before.configEpoch, 'the config epoch shrank');
    promise(after.configEpoch <= after.currentEpoch, 'the config epoch is ahead of the current epoch');
    this.#keepOne(`master of config epoch ${after.configEpoch}`, nodeId(after.master.address));
  }

  #elections({ election: before, currentEpoch }: MasterState, { election }: MasterState, self: Self): void {
    if (!election || election.epoch === before?.epoch) return;
    this.seen.elections++;
    promise(election.epoch === currentEpoch + 1, `an election for epoch ${election.epoch}`);
    promise(who(election.candidate) === whoIs(self), `${whoIs(self)} made ${who(election.candidate)} stand`);
    this.#keepOne(`candidate of epoch ${election.epoch}`, who(election.candidate));
  }

  #failovers(before: MasterState, after: MasterState, self: Self, votes: readonly Vote[]): void {
    const { failover: was } = before;
    const { failover } = after;
    if (failover && failover.epoch !== was?.epoch) {
      this.seen.leaders++;
      if (was) this.seen.resumed++;
      this.#keepOne(`leader of epoch ${failover.epoch}`, who(failover.leader));
      if (!was && failover.kind !== 'automatic') this.#askedFor(before, after, self);
      else this.#elected(before, votes);
      promise(failover.epoch === after.currentEpoch, 'a leader of an old epoch');
    } else if (was && was !== failover) {
      const mine = who(was.leader) === whoIs(self) && was.epoch === before.currentEpoch;
      promise(mine, `${whoIs(self)} changed the failover of ${who(was.leader)}`);
      if (failover) promise(failover.beat > was.beat, 'a failover changed and its beat stood still');
      else if (was.step === 'reconfiguring') this.seen.ended++;
      else
        promise(
          was.step === 'selecting' || was.step === 'handing over',
          'a failover was aborted after its intent',
        );
    }
    const intent = failover?.intent;
    if (!intent || intent.epoch === was?.intent?.epoch) {
      if (was?.intent && intent) this.#keepOne(`intent of epoch ${intent.epoch}`, nodeId(intent.node));
      return;
    }
    this.seen.intents++;
    if (was?.intent && !sameAddress(was.intent.node, intent.node)) this.seen.otherIntents++;
    promise(intent.epoch === after.currentEpoch, 'an intent of an old epoch');
    this.#keepOne(`intent of epoch ${intent.epoch}`, nodeId(intent.node));
  }

  /** Without votes: because an operator asked, in an epoch that nobody else has taken. */
  #askedFor(before: MasterState, after: MasterState, self: Self): void {
    promise(
      before.command !== undefined && !before.failover,
      'a failover without votes that nobody asked for',
    );
    promise(after.currentEpoch === before.currentEpoch + 1, 'a failover without votes in an old epoch');
    promise(after.failover !== undefined && who(after.failover.leader) === whoIs(self), 'led by another');
    promise(after.command === undefined && after.election === undefined, 'a command was left behind');
    this.seen.forced++;
  }

  /** Counted here by other means than the core's own. */
  #elected({ voters, directives, election }: MasterState, votes: readonly Vote[]): void {
    promise(election !== undefined, 'a leader without an election');
    const candidate = who(election.candidate);
    const voted = voters.filter((id) =>
      votes.some((v) => v.sentinel === id && v.epoch === election.epoch && who(v.candidate) === candidate),
    );
    const elected = voted.length * 2 > voters.length && voted.length >= directives.quorum;
    promise(elected, `${candidate} leads with ${voted.length} of ${voters.length} votes`);
  }

  #masters(before: MasterState, after: MasterState): void {
    const named = nodeId(after.master.address);
    promise(after.replicas[named] === undefined, `the named master ${named} is among the replicas`);
    const switched = after.configEpoch !== before.configEpoch;
    const moved = !sameAddress(before.master.address, after.master.address);
    promise(switched || !moved, 'the master moved without a config epoch');
    if (!switched) return;
    this.seen.switches++;
    const leader = before.failover ? who(before.failover.leader) : 'nobody';
    const proof = `${leader} ${after.configEpoch} ${named}`;
    promise(this.#promoted.has(proof), `a switch without the reply to its own promotion: ${proof}`);
    promise(before.failover?.intent?.epoch === after.configEpoch, 'a switch without an intent in its epoch');
  }

  #keepOne(what: string, value: string): void {
    const known = this.#once.get(what);
    promise(known === undefined || known === value, `two of one ${what}: ${known} and ${value}`);
    this.#once.set(what, value);
  }
}

/** Whoever watches (epoch, beat) sees every write of a candidate or leader: the half lease counts from them all. */
function beat(before: MasterState, after: MasterState, self: Self): void {
  const was = before.election ?? before.failover;
  const is = after.election ?? after.failover;
  if (!was || !is || is.epoch !== was.epoch || was.epoch !== before.currentEpoch) return;
  const head = before.election?.candidate ?? before.failover?.leader;
  if (!head || who(head) !== whoIs(self)) return;
  promise(
    is.beat > was.beat,
    `${who(head)} wrote in epoch ${is.epoch} and its beat stood still at ${is.beat}`,
  );
}

function events(before: MasterState, after: MasterState): void {
  promise(after.events.length <= 32, 'more than 32 events');
  const first = after.lastSeq - after.events.length;
  const numbered = after.events.every(({ seq }, i) => seq === first + 1 + i);
  promise(numbered, `gaps in the events: ${after.events.map(({ seq }) => seq).join()}`);
  promise(after.lastSeq >= before.lastSeq, 'events were taken back');
  const kept = before.events.every((event) => event.seq <= first || after.events.includes(event));
  promise(kept, 'an event was changed');
}

function who({ sentinel, incarnation }: Incarnation): string {
  return `${sentinel}/${incarnation}`;
}

function whoIs({ id, incarnation }: Self): string {
  return `${id}/${incarnation ?? 'pulse'}`;
}

function promise(kept: boolean, broken: string): asserts kept {
  if (!kept) throw new Error(`broken: ${broken}`);
}
