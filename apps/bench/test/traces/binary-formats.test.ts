import { describe, expect, it } from 'vitest';
import { parsed, traceErrorOf } from './parsed.ts';

interface Command {
  readonly opcode: number;
  readonly length: number;
  readonly sector: number;
}

const commands: readonly Command[] = [
  { opcode: 0x28, length: 4096, sector: 63 },
  { opcode: 0x2a, length: 1, sector: 2 ** 33 + 1 },
  { opcode: 0x35, length: 0, sector: 0 },
  { opcode: 0x88, length: 512, sector: 0 },
];
const rows = [
  [0, 0, 63 * 512, 4096],
  [1, 0, (2 ** 33 + 1) * 512, 1],
  [0, 0, 0, 512],
];

/** Records as vscsiStats writes them. */
function vscsi(version: 1 | 2, list: readonly Command[]): Uint8Array<ArrayBuffer> {
  const size = version === 1 ? 32 : 40;
  const view = new DataView(new ArrayBuffer(size * list.length));
  list.forEach(({ opcode, length, sector }, i) => {
    const at = i * size;
    view.setUint16(at + (version === 1 ? 12 : 0), opcode, true);
    view.setUint16(at + (version === 1 ? 14 : 2), version << 8, true);
    view.setUint32(at + (version === 1 ? 4 : 8), length, true);
    view.setBigUint64(at + 16, BigInt(sector), true);
  });
  return new Uint8Array(view.buffer);
}

describe('vscsi', () => {
  for (const version of [1, 2] as const) {
    it(`reads version ${version}, told by its records`, () => {
      for (const count of [1, 2, 4]) {
        const { rows: found } = parsed('vscsi', vscsi(version, commands.slice(0, count)));
        expect(found).toEqual(rows.slice(0, count === 4 ? 3 : count));
      }
      expect(parsed('vscsi', vscsi(version, commands)).ignored).toEqual({ 'SCSI command 0x35': 1 });
    });

    it(`refuses a record of another version among version ${version}`, () => {
      const size = version === 1 ? 32 : 40;
      const bytes = vscsi(version, [...commands, ...commands]);
      bytes[5 * size + (version === 1 ? 15 : 3)] = 7;
      const error = traceErrorOf(() => parsed('vscsi', bytes));
      expect(error).toMatchObject({ code: 'malformed', record: 5, offset: 5 * size });
      expect(error.reason).toContain('version field 0x700');
    });

    it(`refuses a cut tail of version ${version}, at any byte`, () => {
      const bytes = vscsi(version, commands);
      const size = bytes.length / commands.length;
      for (let cut = 1; cut < bytes.length; cut++) {
        if (cut % size === 0) continue;
        const error = traceErrorOf(() => parsed('vscsi', bytes.subarray(0, cut)));
        expect(error.code).toBe('truncated');
        if (cut > 2 * size) expect(error.record).toBe(Math.floor(cut / size));
      }
    });
  }

  it('refuses a sector that is no safe integer', () => {
    const bytes = vscsi(1, [...commands, { opcode: 0x28, length: 1, sector: 2 ** 53 }]);
    const error = traceErrorOf(() => parsed('vscsi', bytes));
    expect(error).toMatchObject({ code: 'malformed', record: 4, offset: 128 });
    expect(error.reason).toContain('passes 2^53');
  });
});

describe('oracleGeneral', () => {
  function oracle(list: readonly (readonly [id: bigint, size: number])[]): Uint8Array<ArrayBuffer> {
    const view = new DataView(new ArrayBuffer(24 * list.length));
    list.forEach(([id, size], i) => {
      view.setBigUint64(i * 24 + 4, id, true);
      view.setUint32(i * 24 + 12, size, true);
      view.setBigInt64(i * 24 + 16, -1n, true);
    });
    return new Uint8Array(view.buffer);
  }

  it('gives ids for offsets, and counts records of size 0', () => {
    const { rows: found, ignored } = parsed(
      'oracleGeneral',
      oracle([
        [5n, 100],
        [2n ** 53n - 2n, 1],
        [6n, 0],
      ]),
    );
    expect(found).toEqual([
      [0, 0, 5, 100],
      [0, 0, 2 ** 53 - 2, 1],
    ]);
    expect(ignored).toEqual({ 'request of no bytes': 1 });
  });

  it('refuses an id that is no safe integer, and a cut tail', () => {
    const bytes = oracle([
      [5n, 100],
      [2n ** 53n, 1],
    ]);
    expect(traceErrorOf(() => parsed('oracleGeneral', bytes))).toMatchObject({
      code: 'malformed',
      record: 1,
      offset: 24,
    });
    expect(traceErrorOf(() => parsed('oracleGeneral', bytes.subarray(0, 23)))).toMatchObject({
      code: 'truncated',
      record: 0,
    });
  });
});
