/** What is wrong with a prop of `RedisSentinel`: synth fails with its name, what was found and what is allowed. */
export class InvalidProp extends Error {
  /** @param found - never a secret: secrets enter props as references only */
  constructor(prop: string, found: unknown, allowed: string) {
    super(
      `RedisSentinel: ${prop} is ${found === undefined ? 'missing' : told(found)}: allowed is ${allowed}`,
    );
    this.name = 'InvalidProp';
  }
}

function told(found: unknown): string {
  return typeof found === 'string' ? `"${found}"` : (JSON.stringify(found) ?? String(found));
}
