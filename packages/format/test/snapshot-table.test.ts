import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseSnapshotTable,
  serializeSnapshotTable,
  snapshotTableBytes,
  type Snapshot,
} from '../src/index.ts';
import { hex } from './headers.ts';

const rules = { clusterSize: 65536, offset: 0x70000 };

const first: Snapshot = {
  l1TableOffset: 0x60000,
  l1Size: 1,
  id: '1',
  name: 'first',
  seconds: 1700000000,
  nanoseconds: 5,
  vmClock: 0n,
  vmStateSize: 0,
  diskSize: 2 ** 20,
  icount: 0n,
  extra: hex('0000000000000000 0000000000100000 0000000000000000'),
};
/** {@link first} as QEMU 7.2 writes it. */
const bytes = hex(`0000000000060000 00000001 0001 0005 6553f100 00000005 0000000000000000
  00000000 00000018 0000000000000000 0000000000100000 0000000000000000 31 6669727374 0000`);

/** {@link bytes} with big-endian u32s patched in: [offset, value]. */
function patched(...patches: [number, number][]): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (const [at, value] of patches) view.setUint32(at, value);
  return copy;
}

describe('snapshot table', () => {
  it('parses and writes an entry of QEMU', () => {
    expect(parseSnapshotTable(bytes, 1, rules)).toEqual([first]);
    expect(serializeSnapshotTable([first], rules)).toEqual(bytes);
    expect(parseSnapshotTable(bytes, 0, rules)).toEqual([]);
    // The file may end before the padding of the last entry.
    expect(parseSnapshotTable(bytes.subarray(0, 70), 1, rules)).toEqual([first]);
  });

  it('reads entries of old writers: no extra data, or only the large VM state size', () => {
    const none = {
      ...first,
      extra: hex(''),
      diskSize: undefined,
      icount: undefined,
      vmStateSize: 7,
    };
    const table = serializeSnapshotTable([none, first], rules);
    expect(table).toHaveLength(48 + 72);
    expect(parseSnapshotTable(table, 2, rules)).toEqual([none, first]);
    const extra = hex('0000000500000007');
    const large = { ...none, extra, vmStateSize: 5 * 2 ** 32 + 7 };
    const [parsed] = parseSnapshotTable(serializeSnapshotTable([large], rules), 1, rules);
    expect(parsed).toEqual(large);
  });

  it('keeps extra data of later versions', () => {
    const extra = new Uint8Array(35).fill(0xab);
    const table = serializeSnapshotTable([{ ...first, extra }], rules);
    const [parsed] = parseSnapshotTable(table, 1, rules);
    expect(parsed).toMatchObject({ diskSize: 2 ** 20, icount: 0n, vmStateSize: 0 });
    expect(parsed?.extra.subarray(24)).toEqual(extra.subarray(24));
    expect(serializeSnapshotTable([parsed!], rules)).toEqual(table);
  });

  it('tells how many bytes it has, from any part of it', () => {
    const table = serializeSnapshotTable([first, { ...first, id: '2' }, first], rules);
    for (let length = 0; length <= table.length; length++) {
      const needed = snapshotTableBytes(table.subarray(0, length), 3);
      // Without the two bytes of padding behind the last name.
      if (length < table.length - 2) expect(needed).toBeGreaterThan(length);
      else expect(needed).toBe(table.length - 2);
    }
  });

  it.each([
    ['an unaligned L1 table', patched([4, 0x60200]), 'corrupt', 0x70000],
    ['an L1 table over the header', patched([4, 0]), 'corrupt', 0x70000],
    ['an L1 table above 2^53', patched([0, 0xffffffff]), 'corrupt', 0x70000],
    ['an L1 table above 32 MiB', patched([8, 4194305]), 'limit', 0x70008],
    ['extra data above 1024 bytes', patched([36, 1025]), 'limit', 0x70024],
    ['extra data of 2^32 - 1 bytes', patched([36, 0xffffffff]), 'limit', 0x70024],
    ['a VM state above 2^53', patched([40, 0x200000]), 'corrupt', 0x70028],
    ['a disk size above 2^53', patched([48, 0x200000]), 'corrupt', 0x70030],
    ['an id that leaves the table', patched([12, 0xffff0005]), 'corrupt', 0x70040],
    ['a name with NUL', patched([64, 0x31660072]), 'corrupt', 0x70041],
    ['a table that ends in an entry', bytes.subarray(0, 39), 'corrupt', 0x70024],
  ])('refuses %s', (_what, table, code, offset) => {
    expect(() => parseSnapshotTable(table, 1, rules)).toThrow(
      expect.objectContaining({ code, offset }),
    );
  });

  it('refuses L1 tables outside of the file, but not for a repair', () => {
    const outside = { ...rules, fileSize: 0x60000 };
    expect(() => parseSnapshotTable(bytes, 1, outside)).toThrow(/outside of the file/);
    expect(parseSnapshotTable(bytes, 1, { ...outside, repair: true })).toEqual([first]);
  });

  it('obeys the limits it is given', () => {
    const limits = { snapshots: 1, snapshotTableBytes: 71 };
    const limit = expect.objectContaining({ code: 'limit' });
    expect(() => parseSnapshotTable(bytes, 2, { ...rules, limits })).toThrow(limit);
    expect(() => serializeSnapshotTable([first], { ...rules, limits })).toThrow(limit);
    const two = serializeSnapshotTable([first, first], rules);
    expect(() =>
      parseSnapshotTable(two, 2, { ...rules, limits: { snapshotTableBytes: 100 } }),
    ).toThrow(limit);
  });

  it('does not write fields without room for them', () => {
    for (const change of [
      { extra: hex('') },
      { extra: new Uint8Array(16) },
      { extra: hex(''), diskSize: undefined, icount: undefined, vmStateSize: 2 ** 32 },
      { name: 'x'.repeat(65536) },
    ]) {
      expect(() => serializeSnapshotTable([{ ...first, ...change }], rules)).toThrow(RangeError);
    }
  });

  it('parse and serialize are inverse', () => {
    const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const u32 = fc.nat(0xffffffff);
    const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((s) => !s.includes('\0'));
    const snapshot = fc
      .record({
        l1TableOffset: fc.integer({ min: 1, max: 2 ** 30 }).map((n) => n * 65536),
        l1Size: fc.nat(4194304),
        id: text,
        name: text,
        seconds: u32,
        nanoseconds: u32,
        vmClock: u64,
        vmState: fc.maxSafeNat(),
        disk: fc.maxSafeNat(),
        icount: u64,
        raw: fc.uint8Array({ maxLength: 60 }),
      })
      .map(({ vmState, disk, icount, raw, ...common }): Snapshot => {
        const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
        const vmStateSize = raw.length >= 8 ? vmState : vmState % 2 ** 32;
        if (raw.length >= 8) view.setBigUint64(0, BigInt(vmState));
        if (raw.length >= 16) view.setBigUint64(8, BigInt(disk));
        if (raw.length >= 24) view.setBigUint64(16, icount);
        return {
          ...common,
          vmStateSize,
          diskSize: raw.length >= 16 ? disk : undefined,
          icount: raw.length >= 24 ? icount : undefined,
          extra: raw,
        };
      });
    fc.assert(
      fc.property(fc.array(snapshot, { maxLength: 5 }), (snapshots) => {
        const table = serializeSnapshotTable(snapshots, rules);
        expect(parseSnapshotTable(table, snapshots.length, rules)).toEqual(snapshots);
        expect(Math.ceil(snapshotTableBytes(table, snapshots.length) / 8) * 8).toBe(table.length);
      }),
    );
  });
});
