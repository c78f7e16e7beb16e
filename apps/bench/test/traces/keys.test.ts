import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TraceColumns } from '../../src/traces/columns.ts';
import { keysOf, spanOf, type Trace } from '../../src/traces/index.ts';
import type { Row } from './parsed.ts';

function traceOf(rows: readonly Row[], kind: Trace['kind'] = 'blocks'): Trace {
  const columns = new TraceColumns();
  const place = {
    fail(reason: string): never {
      throw new Error(reason);
    },
  };
  for (const [op, device, offset, length] of rows) columns.push(op, device, offset, length, place);
  return { name: 't', format: 'q-csv', kind, sha256: '', ...columns.finish() };
}

describe('keysOf', () => {
  it('gives every key between first and last byte, in order', () => {
    const trace = traceOf([
      [0, 0, 4095, 2],
      [1, 0, 4096, 4096],
      [0, 0, 0, 12289],
    ]);
    expect([...keysOf(trace, 4096)]).toEqual([0, 1, 1, 0, 1, 2, 3]);
  });

  it('adds device x 2^32 where there are several devices, and only there', () => {
    const one: Row = [0, 3, 8192, 1];
    expect([...keysOf(traceOf([one]), 4096)]).toEqual([2]);
    expect([...keysOf(traceOf([one, [0, 1, 0, 4097]]), 4096)]).toEqual([
      3 * 2 ** 32 + 2,
      2 ** 32,
      2 ** 32 + 1,
    ]);
  });

  it('agrees with the definition on any requests', () => {
    const row = fc
      .tuple(fc.nat(3), fc.nat(3), fc.nat(2 ** 31 - 1), fc.integer({ min: 1, max: 1e5 }))
      .map((fields): Row => fields);
    const rows = fc.array(row, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 100, max: 1e5 }), (list, span) => {
        const several = new Set(list.map(([, device]) => device)).size > 1;
        const wanted = list.flatMap(([, device, offset, length]) => {
          const keys = new Set<number>();
          for (let byte = offset; byte < offset + length; byte += 50) {
            keys.add(Math.floor(byte / span));
          }
          keys.add(Math.floor((offset + length - 1) / span));
          return [...keys].map((key) => key + (several ? device * 2 ** 32 : 0));
        });
        expect([...keysOf(traceOf(list), span)]).toEqual(wanted);
      }),
    );
  });

  it('gives the ids of objects whatever the span', () => {
    const trace = traceOf(
      [
        [0, 0, 77, 4096],
        [0, 0, 2 ** 40, 1],
      ],
      'objects',
    );
    expect([...keysOf(trace, 2 ** 30)]).toEqual([77, 2 ** 40]);
  });

  it('refuses what does not fit', () => {
    const wide = traceOf([
      [0, 0, 0, 1],
      [0, 1, 2 ** 44, 1],
    ]);
    expect(() => keysOf(wide, 4096)).toThrow(/pass 2\^32/);
    expect(keysOf(wide, 8192)).toHaveLength(2);
    expect(() => keysOf(traceOf([[0, 0, 0, 2 ** 44]]), 512)).toThrow(/too small/);
    expect(() => keysOf(wide, 0)).toThrow(RangeError);
    expect(() => keysOf(wide, 0.5)).toThrow(RangeError);
  });
});

describe('spanOf', () => {
  it('knows the mappings by name, and bytes', () => {
    expect(spanOf('l2slice4k')).toBe(33554432);
    expect(spanOf('l2full64k')).toBe(536870912);
    expect(spanOf('qed2g')).toBe(2147483648);
    expect(spanOf('cluster64k')).toBe(65536);
    expect(spanOf('block4k')).toBe(4096);
    expect(spanOf('12345')).toBe(12345);
    expect(spanOf(1)).toBe(1);
  });

  it('refuses everything else and lists the names', () => {
    for (const map of ['', '0', '-1', '4k', '1.5', 'toString', '9007199254740993', 0, NaN]) {
      expect(() => spanOf(map)).toThrow(/l2slice4k, /);
    }
  });
});
