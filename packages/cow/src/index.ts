/**
 * Copy-on-write planning, independent of any format: allocations in flight, what a new request does when it meets one, and taking over
 * what an earlier request was going to copy.
 *
 * ```ts
 * const inFlight = new InFlight(backend, { clusterSize: 65536 });
 * const met = inFlight.meet(from, to); // under the lock
 * if (met.kind === 'join') claim = inFlight.join(met.allocation, from, met.to);
 * ```
 * @module
 */
export { Allocation } from './allocation.ts';
export type { AllocatedRun, AllocationState } from './allocation.ts';
export { IN_FLIGHT_DEFAULTS } from './backend.ts';
export type { CowBackend, InFlightOptions, InFlightStats } from './backend.ts';
export type { Claim } from './claim.ts';
export { InFlight } from './in-flight.ts';
export type { Encounter, Place } from './in-flight.ts';
export { Lock } from './lock.ts';
export { RangeSet } from './range-set.ts';
export type { Range } from './range-set.ts';
