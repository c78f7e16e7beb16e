import { FEATURE_SETS, type FeatureName } from './features.ts';
import { Writer } from './writer.ts';

/** Bytes of one record: set, bit, name padded with zeros. */
export const FEATURE_NAME_RECORD_BYTES = 48;
const NAME_BYTES = 46;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * Parses the payload of the feature name table extension. It only informs, so it never fails: records of an unknown set, or
 * with a bit above 63, are left out, and so is an incomplete record at the end.
 */
export function parseFeatureNameTable(payload: Uint8Array): FeatureName[] {
  const names: FeatureName[] = [];
  for (
    let at = 0;
    at + FEATURE_NAME_RECORD_BYTES <= payload.length;
    at += FEATURE_NAME_RECORD_BYTES
  ) {
    const set = FEATURE_SETS[payload[at] ?? FEATURE_SETS.length];
    const bit = payload[at + 1] ?? 0;
    if (set === undefined || bit > 63) continue;
    const text = payload.subarray(at + 2, at + FEATURE_NAME_RECORD_BYTES);
    const nul = text.indexOf(0);
    names.push({ set, bit, name: decoder.decode(nul < 0 ? text : text.subarray(0, nul)) });
  }
  return names;
}

/** The payload that {@link parseFeatureNameTable} reads. A name above 46 bytes, or a bit above 63, is a `RangeError`. */
export function serializeFeatureNameTable(names: readonly FeatureName[]): Uint8Array {
  const out = new Writer(new Uint8Array(names.length * FEATURE_NAME_RECORD_BYTES));
  for (const { set, bit, name } of names) {
    const text = encoder.encode(name);
    if (text.length > NAME_BYTES || text.includes(0) || !(bit >= 0 && bit <= 63)) {
      throw new RangeError(`feature ${set} ${bit} needs a bit of 0..63 and a name of 0..46 bytes`);
    }
    const end = out.position + FEATURE_NAME_RECORD_BYTES;
    out.u8(FEATURE_SETS.indexOf(set));
    out.u8(bit);
    out.put(text);
    out.position = end;
  }
  return out.bytes;
}
