import { recordParser, type BinaryRecord } from '../record-parser.ts';
import { scsiOp } from './scsi.ts';
import type { ParserContext, TraceFormat, TraceParser } from '../format.ts';

const SECTOR = 512;

/**
 * VMware vscsiStats, little-endian records. Addresses are sectors, lengths are bytes. Version 1 has 32 bytes:
 * serial u32, length u32, segments u32, opcode u16, version u16, sector u64, time u64;
 * version 2 has 40: opcode u16, version u16, serial u32, length u32, segments u32, sector u64, time u64, response time u64.
 * The version is the upper byte of its field, which every record has to repeat.
 */
export const vscsi: TraceFormat = {
  name: 'vscsi',
  description: 'VMware vscsiStats, binary, version 1 or 2',
  extensions: ['.vscsi', '.vscsi1', '.vscsi2', '.vscsitrace'],
  parser(context) {
    let chosen: TraceParser | undefined;
    let head = new Uint8Array(0);
    const choose = (): TraceParser => {
      const version = versionOf(head);
      chosen = version === 2 ? version2(context) : version1(context);
      chosen.push(head);
      return chosen;
    };
    return {
      push(chunk) {
        if (chosen) return chosen.push(chunk);
        const both = new Uint8Array(head.length + chunk.length);
        both.set(head);
        both.set(chunk, head.length);
        head = both;
        if (head.length >= 80) choose();
      },
      end() {
        (chosen ?? choose()).end();
      },
    };
  },
};

/** Version 2 when the first two records look like it, as far as they are there; else version 1, whose parser then judges. */
function versionOf(head: Uint8Array): 1 | 2 {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (const at of [2, 42]) {
    if (at + 2 <= head.length && view.getUint16(at, true) >> 8 !== 2) return 1;
  }
  return 2;
}

function version1(context: ParserContext): TraceParser {
  return recordParser(context, 32, (record) => {
    request(context, record, 1, record.u16(14), record.u16(12), record.u32(4));
  });
}

function version2(context: ParserContext): TraceParser {
  return recordParser(context, 40, (record) => {
    request(context, record, 2, record.u16(2), record.u16(0), record.u32(8));
  });
}

function request(
  { columns }: ParserContext,
  record: BinaryRecord,
  expected: number,
  version: number,
  opcode: number,
  length: number,
): void {
  if (version >> 8 !== expected) {
    record.fail(`version field 0x${version.toString(16)} is not of vscsi version ${expected}`);
  }
  const op = scsiOp(opcode, columns);
  if (op >= 0) columns.push(op, 0, record.u64(16, 'the sector') * SECTOR, length, record);
}
