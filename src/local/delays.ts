/** What a region adds to a loopback: milliseconds for each, and the share of a core that 512 MB buy. */
export interface Delays {
  readonly tableMs: number;
  readonly streamMs: { readonly min: number; readonly max: number } | 0;
  readonly invokeMs: number;
  readonly coldStartMs: number;
  readonly cpuShare: boolean;
}

export const BARE: Delays = { tableMs: 0, streamMs: 0, invokeMs: 0, coldStartMs: 0, cpuShare: false };
export const AS_AWS: Delays = {
  tableMs: 6,
  streamMs: { min: 250, max: 500 },
  invokeMs: 50,
  coldStartMs: 400,
  cpuShare: true,
};
