import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { tracePath } from './traces.ts';

/** Bytes of guest disk that one cache key stands for, by the mapping's name in the reference files. */
export const mappingSpans: Readonly<Record<string, number>> = {
  l2full64k: 512 * 2 ** 20,
  l2slice4k: 32 * 2 ** 20,
  qed2g: 2 * 2 ** 30,
  cluster64k: 64 * 2 ** 10,
  block4k: 4 * 2 ** 10,
};

/** One point of a reference file: so many misses for so many accesses. */
export interface ReferenceRow {
  readonly trace: string;
  readonly mapping: string;
  readonly policy: string;
  readonly entries: number;
  /** Accesses; in `qemu_reference.csv` guest requests, of which one may touch two keys. */
  readonly requests: number;
  readonly misses: number;
}

const keysRead = new Map<string, Float64Array>();

/** The keys that a reference trace touches, in order: a request touches floor(offset/span) to floor((offset+length-1)/span), plus device x 2^32. */
export function referenceKeys(traceId: string, mapping: string): Float64Array {
  const id = `${traceId} ${mapping}`;
  const known = keysRead.get(id);
  if (known) return known;
  const span = mappingSpans[mapping];
  if (span === undefined) throw new RangeError(`no mapping is named ${mapping}`);
  const keys: number[] = [];
  const text = gunzipSync(readFileSync(tracePath(`norm/${traceId}.csv.gz`))).toString('latin1');
  for (const line of text.trimEnd().split('\n').slice(1)) {
    const [, device, offset, length] = line.split(',').map(Number);
    const base = device! * 2 ** 32;
    const last = Math.floor((offset! + length! - 1) / span);
    for (let key = Math.floor(offset! / span); key <= last; key++) keys.push(base + key);
  }
  const read = Float64Array.from(keys);
  keysRead.set(id, read);
  return read;
}

/** The points of a reference file for one policy, in the file's order. A policy without points is an error, not an empty test. */
export function referenceRows(
  file: 'reference.csv' | 'reference_extra.csv' | 'qemu_reference.csv',
  policy: string,
): ReferenceRow[] {
  const [head, ...lines] = readFileSync(tracePath(file), 'latin1').trimEnd().split('\n');
  const names = head!.split(',');
  const rows = lines.map((line) => {
    const fields = new Map(line.split(',').map((value, i) => [names[i], value.trim()]));
    const number = (name: string): number => Number(fields.get(name));
    return {
      trace: fields.get('trace')!,
      mapping: fields.get('key_mapping')!,
      policy: fields.get('policy')!,
      entries: number('cache_entries'),
      requests: number('requests'),
      misses: number('misses'),
    };
  });
  const chosen = rows.filter((row) => row.policy === policy);
  if (chosen.length === 0) throw new RangeError(`${file} has no points for ${policy}`);
  return chosen;
}
