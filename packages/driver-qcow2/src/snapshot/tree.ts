import { ImageError, wait, type Steps } from '@q/block';
import type { Snapshot } from '@q/format';
import type { ClusterRange } from '@q/refcount';
import { readL1Table, type L1Table } from '../l1-table.ts';
import type { State } from '../state.ts';

/** A mapping, or a part of one: everything that it names is counted once for it. */
export interface Tree {
  readonly l1: L1Table;
  /** 1 for each L1 entry that belongs to it; without this all do. */
  readonly wanted?: Uint8Array;
  /** Clusters besides the L2 tables and what they map. */
  readonly ranges?: readonly ClusterRange[];
}

/** The clusters of `bytes` bytes at a host offset that begins one. */
export function clustersOf(state: State, offset: number, bytes: number): ClusterRange {
  return { first: offset / state.clusterSize, count: Math.ceil(bytes / state.clusterSize) };
}

/**
 * Reads the L1 table of a snapshot.
 * @throws ImageError `corrupt` as {@link checkTables}
 */
export function* readSnapshotL1(state: State, snapshot: Snapshot): Steps<L1Table> {
  const { file, geometry } = state;
  const { l1TableOffset, l1Size } = snapshot;
  const l1 = yield* wait(readL1Table(file, geometry, l1TableOffset, l1Size));
  checkTables(state, l1);
  return l1;
}

/** Throws `corrupt` for an L2 table that is not in the file, and for more tables than the file could hold: a walk would not end. */
export function checkTables(state: State, l1: L1Table): void {
  const { file, clusterSize } = state;
  const { tables } = l1;
  let named = 0;
  for (let i = 0; i < tables.length; i++) {
    const table = tables[i]!;
    if (table === 0) continue;
    if (table < 0 || table >= file.size) l1.reject(i);
    named++;
  }
  const room = Math.ceil(file.size / clusterSize);
  if (named <= room) return;
  throw new ImageError(
    'corrupt',
    `The L1 table at ${l1.offset} names ${named} L2 tables, and the file has ${room} clusters. The image is damaged: run a check, or restore it from a copy.`,
    { offset: l1.offset, subject: 'L1 table', expected: `at most ${room}`, found: named },
  );
}
