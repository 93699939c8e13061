/** The tokens that a function accepts, from its environment: what stands there opens no door by itself. */

const DIGEST = /^sha256:([0-9a-fA-F]{64})$/;
/** The current one and the one before it, with room for a few clients' own. */
const TOKENS_MAX = 16;

/**
 * `sha256:<hex>` of each token, with commas between: `printf %s TOKEN | sha256sum`.
 * @returns undefined when it is not set: nobody is asked for a token
 * @throws Error that does not show what stands there, which may be a token by mistake
 */
export function tokenDigests(name: string): readonly Uint8Array[] | undefined {
  const text = process.env[name];
  if (!text) return undefined;
  const items = text.split(',').map((item) => item.trim());
  if (items.length > TOKENS_MAX) {
    throw new Error(`environment variable ${name} has ${items.length} digests: ${TOKENS_MAX} are allowed`);
  }
  return items.map((item, i) => {
    const [, hex] = DIGEST.exec(item) ?? [];
    if (hex !== undefined) return Buffer.from(hex, 'hex');
    const which = `item ${i + 1} of ${items.length}`;
    throw new Error(
      `environment variable ${name}: ${which} is no digest: sha256: and 64 hex digits are allowed`,
    );
  });
}
