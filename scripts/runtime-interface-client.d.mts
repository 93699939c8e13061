export type RuntimeInterfaceClient =
  /** The file that Node runs in place of the function. */
  { readonly entry: string } | { readonly missing: string };

/** Only looks: what is not installed is not fetched. */
export function findRuntimeInterfaceClient(): RuntimeInterfaceClient;
/** Installs it where it is missing, which takes minutes. */
export function ensureRuntimeInterfaceClient(): RuntimeInterfaceClient;
