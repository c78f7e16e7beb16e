import os from 'node:os';

/** The machine and the Node that timings come from. */
export interface Environment {
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cpus: number;
  /** The 1-minute load average when the run began: above `cpus`, timings are not to be trusted. */
  readonly load: number;
}

/** Reads it now. */
export function environmentNow(): Environment {
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cpus: os.availableParallelism(),
    load: Math.round((os.loadavg()[0] ?? 0) * 100) / 100,
  };
}
