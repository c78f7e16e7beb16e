/**
 * The block device contract, the errors all packages share, devices in memory, and layers that go around any device.
 * @module
 */
export type { BlockDevice, Extent, ExtentKind, WriteZeroesOptions } from './device.ts';
export { ImageError, isImageError } from './errors.ts';
export type { ImageErrorCode, ImageErrorDetails } from './errors.ts';
export { Gather } from './gather.ts';
export { DeviceLayer } from './layers/device-layer.ts';
export { withFaults } from './layers/faults.ts';
export type { FaultRule, FaultyDevice } from './layers/faults.ts';
export type { Fate, SectorRun } from './layers/journal.ts';
export { withLatency } from './layers/latency.ts';
export { withPowerCut } from './layers/power-cut.ts';
export type { PowerCutDevice, PowerCutOptions, Survivor } from './layers/power-cut.ts';
export { readOnly } from './layers/read-only.ts';
export type { DeviceRequest, RequestOp } from './layers/request.ts';
export { SCHEDULER_DEFAULTS, withScheduler } from './layers/scheduler.ts';
export type { ScheduledDevice, SchedulerOptions } from './layers/scheduler.ts';
export type { SurvivorChoice } from './layers/survivor.ts';
export { withTrace } from './layers/trace.ts';
export { chain, isPromise } from './maybe.ts';
export type { MaybePromise } from './maybe.ts';
export { MemoryDevice } from './memory.ts';
export type { MemoryDeviceOptions } from './memory.ts';
export { Prng } from './prng.ts';
export { checkRange } from './range.ts';
export { readPadded } from './read-padded.ts';
export { slice } from './slice.ts';
export { run, wait } from './steps.ts';
export type { Steps } from './steps.ts';
export { writeParts } from './writev.ts';
