export const OTHER_CLIENTS: readonly string[];
type Found =
  | { readonly command: readonly string[] }
  | { readonly missing: string; readonly toolchain: boolean };
export function findClient(name: string): Found;
export function ensureClient(name: string): Found;
