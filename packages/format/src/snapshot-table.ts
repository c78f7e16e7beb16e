/**
 * The snapshot table: entries of varying length, each starting at a multiple of 8. QCOW2 format, section "Snapshots".
 * @module
 */
import type { HostOffset } from './addresses.ts';
import { Cursor } from './cursor.ts';
import { checkLimit, toSafe } from './errors.ts';
import type { HeaderRules } from './header-rules.ts';
import { withDefaultLimits } from './limits.ts';
import { checkTablePlace } from './table-place.ts';
import { Writer } from './writer.ts';

/** Bytes of an entry before extra data, id and name. */
export const SNAPSHOT_FIXED_BYTES = 40;
/** Extra data that new snapshots get: VM state size, disk size, instruction count. */
export const SNAPSHOT_EXTRA_BYTES = 24;

/** An internal snapshot. */
export interface Snapshot {
  /** The snapshot's copy of the L1 table. Its COPIED flags are stale: never trust them. */
  readonly l1TableOffset: HostOffset;
  /** Entries of that table. */
  readonly l1Size: number;
  /** Unique; new ones are the greatest number so far + 1, in decimal. */
  readonly id: string;
  readonly name: string;
  /** When it was taken, seconds since 1970 (u32). */
  readonly seconds: number;
  /** And nanoseconds (u32). */
  readonly nanoseconds: number;
  /** Guest uptime, nanoseconds (u64). */
  readonly vmClock: bigint;
  /** Bytes of VM state, mapped by the L1 entries after those of the disk; 0 = none. */
  readonly vmStateSize: number;
  /** Virtual disk size then, bytes; absent from old images (then it is the image's own), required in version 3. */
  readonly diskSize: number | undefined;
  /** Instruction count of the guest (u64); absent from older images. */
  readonly icount: bigint | undefined;
  /**
   * The extra data as found, whole, so that what later versions add survives a rewrite. The three fields above win over its
   * first 24 bytes. New snapshots: `new Uint8Array(SNAPSHOT_EXTRA_BYTES)`.
   */
  readonly extra: Uint8Array;
}

/** How a snapshot table is judged; as for the header, and: */
export interface SnapshotTableRules extends HeaderRules {
  readonly clusterSize: number;
  /** Where the table stands in the image, bytes, for errors. */
  readonly offset?: number | undefined;
}

const align8 = (n: number): number => Math.ceil(n / 8) * 8;

/**
 * How many bytes the table of `count` entries has, as far as `bytes` (its start) tell: at most `bytes.length` when they hold all of
 * it, otherwise a lower bound above `bytes.length`. So a reader doubles what it reads until this is satisfied.
 */
export function snapshotTableBytes(bytes: Uint8Array, count: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let end = 0;
  for (let i = 0; i < count; i++) {
    at = align8(end);
    const left = count - i;
    if (at + SNAPSHOT_FIXED_BYTES > bytes.length) return at + left * SNAPSHOT_FIXED_BYTES;
    const variable = view.getUint16(at + 12) + view.getUint16(at + 14) + view.getUint32(at + 36);
    end = at + SNAPSHOT_FIXED_BYTES + variable;
  }
  return end;
}

/**
 * Parses `count` entries.
 *
 * @param bytes the table; longer is no error (see {@link snapshotTableBytes})
 * @throws ImageError `corrupt` or `limit`; with `repair` an L1 table may be anywhere
 */
export function parseSnapshotTable(
  bytes: Uint8Array,
  count: number,
  rules: SnapshotTableRules,
): Snapshot[] {
  const limits = withDefaultLimits(rules.limits);
  const base = rules.offset ?? 0;
  checkLimit(count, limits.snapshots, 'The number of snapshots', 'snapshots', base);
  const cursor = new Cursor(bytes, 'snapshot table', base);
  const snapshots: Snapshot[] = [];
  for (let i = 0; i < count; i++) {
    cursor.position = align8(cursor.position);
    snapshots.push(parseSnapshot(cursor, rules));
    const size = cursor.position;
    checkLimit(size, limits.snapshotTableBytes, 'The snapshot table', 'snapshotTableBytes', base);
  }
  return snapshots;
}

function parseSnapshot(cursor: Cursor, rules: SnapshotTableRules): Snapshot {
  const limits = withDefaultLimits(rules.limits);
  const at = cursor.offset;
  const l1TableOffset = toSafe(cursor.u64be(), 'snapshot L1 offset', at);
  const l1Size = cursor.u32be();
  checkLimit(l1Size * 8, limits.l1Bytes, 'The L1 table of a snapshot', 'l1Bytes', at + 8);
  checkTablePlace(l1TableOffset, l1Size * 8, at, 'snapshot L1 offset', rules);
  const idLength = cursor.u16be();
  const nameLength = cursor.u16be();
  const seconds = cursor.u32be();
  const nanoseconds = cursor.u32be();
  const vmClock = cursor.u64be();
  const vmState32 = cursor.u32be();
  const extraLength = cursor.u32be();
  const extraLimit = limits.snapshotExtraBytes;
  checkLimit(
    extraLength,
    extraLimit,
    'The extra data of a snapshot',
    'snapshotExtraBytes',
    at + 36,
  );
  const extra = cursor.bytes(extraLength);
  const known = new Cursor(extra, 'snapshot extra data', at + SNAPSHOT_FIXED_BYTES);
  const u64 = (subject: string): number => toSafe(known.u64be(), subject, known.offset - 8);
  return {
    l1TableOffset,
    l1Size,
    seconds,
    nanoseconds,
    vmClock,
    vmStateSize: extraLength >= 8 ? u64('VM state size') : vmState32,
    diskSize: extraLength >= 16 ? u64('disk size of a snapshot') : undefined,
    icount: extraLength >= 24 ? known.u64be() : undefined,
    extra,
    id: cursor.text(idLength, 'snapshot id'),
    name: cursor.text(nameLength, 'snapshot name'),
  };
}

/**
 * The bytes that {@link parseSnapshotTable} reads, padded to 8 after each entry.
 *
 * @throws ImageError `limit`, `corrupt`: what would not be read is not written
 * @throws RangeError when `extra` is too short for a field that is given, or id or name are above 65535 bytes
 */
export function serializeSnapshotTable(
  snapshots: readonly Snapshot[],
  rules: SnapshotTableRules,
): Uint8Array {
  const encoder = new TextEncoder();
  const texts = snapshots.map(
    ({ id, name }) => [encoder.encode(id), encoder.encode(name)] as const,
  );
  const size = snapshots.reduce((sum, { extra }, i) => {
    const [id, name] = texts[i]!;
    return sum + align8(SNAPSHOT_FIXED_BYTES + extra.length + id.length + name.length);
  }, 0);
  const limit = withDefaultLimits(rules.limits).snapshotTableBytes;
  checkLimit(size, limit, 'The snapshot table', 'snapshotTableBytes', rules.offset);
  const out = new Writer(new Uint8Array(size));
  snapshots.forEach((snapshot, i) => {
    const [id, name] = texts[i]!;
    if (id.length > 65535 || name.length > 65535) {
      throw new RangeError('the id and the name of a snapshot have at most 65535 bytes each');
    }
    writeSnapshot(out, snapshot, id, name);
    out.position = align8(out.position);
  });
  parseSnapshotTable(out.bytes, snapshots.length, rules);
  return out.bytes;
}

function writeSnapshot(out: Writer, snapshot: Snapshot, id: Uint8Array, name: Uint8Array): void {
  const { vmStateSize, diskSize, icount, extra } = snapshot;
  const needed =
    icount !== undefined ? 24 : diskSize !== undefined ? 16 : vmStateSize >= 2 ** 32 ? 8 : 0;
  if (extra.length < needed) {
    throw new RangeError(`extra has ${extra.length} bytes, the snapshot's fields need ${needed}`);
  }
  out.u64be(snapshot.l1TableOffset);
  out.u32be(snapshot.l1Size);
  out.u16be(id.length);
  out.u16be(name.length);
  out.u32be(snapshot.seconds);
  out.u32be(snapshot.nanoseconds);
  out.u64be(snapshot.vmClock);
  out.u32be(vmStateSize < 2 ** 32 ? vmStateSize : 0);
  out.u32be(extra.length);
  const at = out.position;
  out.put(extra);
  const end = out.position;
  out.position = at;
  if (extra.length >= 8) out.u64be(vmStateSize);
  if (diskSize !== undefined) out.u64be(diskSize);
  if (icount !== undefined) out.u64be(icount);
  out.position = end;
  out.put(id);
  out.put(name);
}
