/**
 * Copy-on-write planning, independent of any format.
 * @module
 */
export { Allocation } from './allocation.ts';
export type { AllocationState, Claim } from './allocation.ts';
export { InFlight } from './in-flight.ts';
export type { CowBackend, Encounter, InFlightOptions, InFlightStats } from './in-flight.ts';
export { Lock } from './lock.ts';
export { RangeSet } from './range-set.ts';
export type { Range } from './range-set.ts';
