import type { Trace } from './trace.ts';

/** The most keys that are expanded: 8 GiB of them. */
const KEY_LIMIT = 2 ** 30;

/**
 * The keys that a trace touches, in order: for each request floor(offset / span) to floor((offset + length - 1) / span), ascending, plus
 * device x 2^32 when the trace has several devices. `span` is bytes for one key, see `spanOf`. In an `objects` trace each request touches
 * its id, whatever the span. Throws a `RangeError` when a key of a device does not fit 32 bits, or the keys do not fit memory.
 */
export function keysOf(trace: Trace, span: number): Float64Array {
  if (!Number.isSafeInteger(span) || span < 1) throw new RangeError(`span ${span} is not positive`);
  if (trace.kind === 'objects') return trace.offsets.slice();
  const { offsets, lengths, devices, requests } = trace;
  const several = trace.deviceCount > 1;
  if (several && Math.floor((trace.span - 1) / span) >= 2 ** 32) {
    throw new RangeError(`span ${span} is too small: keys of one device pass 2^32`);
  }
  let count = 0;
  for (let i = 0; i < requests; i++) {
    const offset = offsets[i]!;
    count += Math.floor((offset + lengths[i]! - 1) / span) - Math.floor(offset / span) + 1;
  }
  if (count > KEY_LIMIT) {
    throw new RangeError(`span ${span} is too small: ${requests} requests touch ${count} keys`);
  }
  const keys = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < requests; i++) {
    const offset = offsets[i]!;
    const base = several ? devices[i]! * 2 ** 32 : 0;
    const last = base + Math.floor((offset + lengths[i]! - 1) / span);
    for (let key = base + Math.floor(offset / span); key <= last; key++) keys[at++] = key;
  }
  return keys;
}
