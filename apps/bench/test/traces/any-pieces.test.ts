import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bytesOf, parsed, traceErrorOf } from './parsed.ts';

// Any cut of a file into pieces gives the same trace, and the same error.

const lines = fc.array(
  fc.oneof(
    fc
      .tuple(fc.constantFrom('R', 'W'), fc.nat(9), fc.nat(1e12), fc.nat(1e6))
      .map((fields) => fields.join(',')),
    fc.constant(''),
  ),
  { maxLength: 40 },
);
const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 60 });
const newline = fc.constantFrom('\n', '\r\n');
const last = fc.boolean();

it('parses text in pieces of any size as in one', () => {
  fc.assert(
    fc.property(lines, sizes, newline, last, (body, pieces, end, closed) => {
      const text = ['op,dev,offset,length', ...body].join(end) + (closed ? end : '');
      expect(parsed('q-csv', text, {}, pieces)).toEqual(parsed('q-csv', text));
    }),
  );
});

it('names the same line and text of an error', () => {
  fc.assert(
    fc.property(lines, lines, sizes, newline, (before, after, pieces, end) => {
      const text = ['op,dev,offset,length', ...before, 'R,0,x,1', ...after].join(end);
      const error = traceErrorOf(() => parsed('q-csv', text, {}, pieces));
      expect(error.line).toBe(before.length + 2);
      expect(error.found).toBe('"R,0,x,1"');
    }),
  );
});

it('parses records in pieces of any size as in one', () => {
  const record = fc.tuple(
    fc.constantFrom(0x28, 0x2a, 0x35),
    fc.nat(1e6),
    fc.bigInt({ min: 0n, max: 2n ** 43n }),
  );
  const records = fc.array(record, { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(records, fc.constantFrom(1, 2), sizes, (list, version, pieces) => {
      const size = version === 1 ? 32 : 40;
      const view = new DataView(new ArrayBuffer(size * list.length));
      list.forEach(([opcode, length, sector], i) => {
        view.setUint16(i * size + (version === 1 ? 12 : 0), opcode, true);
        view.setUint16(i * size + (version === 1 ? 14 : 2), version << 8, true);
        view.setUint32(i * size + (version === 1 ? 4 : 8), length, true);
        view.setBigUint64(i * size + 16, sector, true);
      });
      const bytes = new Uint8Array(view.buffer);
      const whole = parsed('vscsi', bytes);
      expect(whole.rows).toEqual(
        list
          .filter(([opcode, length]) => opcode !== 0x35 && length > 0)
          .map(([opcode, length, sector]) => [
            opcode === 0x28 ? 0 : 1,
            0,
            Number(sector) * 512,
            length,
          ]),
      );
      expect(parsed('vscsi', bytes, {}, pieces)).toEqual(whole);
    }),
  );
});

it('refuses a line without an end before it fills the memory', () => {
  const piece = bytesOf('x'.repeat(2 ** 16));
  const bytes = new Uint8Array(17 * piece.length);
  for (let i = 0; i < 17; i++) bytes.set(piece, i * piece.length);
  const error = traceErrorOf(() => parsed('spc', bytes, {}, [piece.length]));
  expect(error).toMatchObject({ code: 'malformed', line: 1 });
  expect(error.reason).toContain('1 MiB');
});
