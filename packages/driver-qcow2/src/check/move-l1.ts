import { readPadded, wait, type Steps } from '@q/block';
import { append } from './append.ts';
import type { Survey } from './survey.ts';

/**
 * Copies L1 tables of snapshots that share clusters with anything else, and makes the snapshots name the copies: a snapshot whose L1
 * offset is damaged takes other structures for its table, and mending it in place would destroy those.
 *
 * At most the file's length is copied; a hostile image may have more tables over each other than any disk has room for.
 * @returns whether something was written
 */
export function* moveSnapshotL1s(survey: Survey): Steps<boolean> {
  const { file, snapshots, findings, counts, geometry, clusters } = survey;
  const { clusterSize } = geometry;
  if (findings.count('overlap') === 0) return false;
  let room = file.size;
  let wrote = false;
  for (const { snapshot, offset } of snapshots) {
    if (snapshot === undefined) continue;
    const { l1TableOffset, l1Size } = snapshot;
    const length = l1Size * 8;
    const end = Math.min(clusters, Math.ceil((l1TableOffset + length) / clusterSize));
    let shared = false;
    for (let at = l1TableOffset / clusterSize; at < end; at++) shared ||= counts.at(at) > 1;
    if (!shared || length > room) continue;
    room -= length;
    const table = new Uint8Array(length);
    yield* wait(readPadded(file, table, l1TableOffset));
    const place = yield* append(survey, table);
    yield* wait(file.flush());
    const field = new Uint8Array(8);
    new DataView(field.buffer).setBigUint64(0, BigInt(place));
    yield* wait(file.write(field, offset));
    wrote = true;
  }
  return wrote;
}
