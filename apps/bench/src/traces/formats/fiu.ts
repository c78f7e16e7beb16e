import { DeviceNames } from '../device-names.ts';
import { hexDigit, isDigit, type Line } from '../line.ts';
import { textParser } from '../text-parser.ts';
import { OP_READ, OP_WRITE } from '../trace.ts';
import type { TraceFormat } from '../format.ts';

const SECTOR = 512;
const SPACE = 0x20;
const MD5_DIGITS = 32;

/**
 * FIU traces (I/O deduplication; in spite of the file name no blkparse output): `time pid process sector sectors R|W major minor md5`.
 * A process name may hold blanks, so fields are found from the right.
 *
 * The published files are tar archives that lost their frame: headers of 512 bytes with NULs, the records of extended headers, and padding
 * stand between the lines. What stands before the last NUL of a line is taken as tar's and counted as `tar header or padding`; a line
 * `length key=value` whose number is its own length (POSIX pax) as `pax record`. Nothing else is left out.
 */
export const fiu: TraceFormat = {
  name: 'fiu',
  description:
    'FIU I/O deduplication .blkparse: time pid process sector sectors R|W major minor md5',
  extensions: [],
  sniff: /(?:^|\0)\d+ \d+ [^\n]{1,64} \d+ \d+ [RW] \d+ \d+ [0-9a-f]{32}\r?$/m,
  parser(context) {
    const { columns } = context;
    const devices = new DeviceNames(columns.deviceNames);
    return textParser(context, (line) => {
      const nul = lastNul(line);
      if (nul >= 0) {
        columns.ignore('tar header or padding');
        line.at = nul + 1;
        if (line.at === line.end) return;
      }
      if (isPaxRecord(line)) return columns.ignore('pax record');
      const first = line.at;
      line.decimal('time');
      line.blanks('time');
      line.uint('pid');
      line.blanks('pid');
      const process = line.at;
      line.at = sixthField(line, first);
      if (line.at <= process) line.fail('fewer than nine fields');
      const sector = line.uint('sector');
      line.blanks('sector');
      const sectors = line.uint('size');
      line.blanks('size');
      const letter = line.peek();
      if (letter !== 0x52 && letter !== 0x57) line.fail('the operation is not R or W');
      line.at++;
      line.blanks('the operation');
      const device = line.at;
      line.uint('major');
      line.blanks('major');
      line.uint('minor');
      const deviceEnd = line.at;
      line.blanks('minor');
      checkMd5(line);
      const number = devices.number(line.bytes, device, deviceEnd);
      const op = letter === 0x52 ? OP_READ : OP_WRITE;
      columns.push(op, number, sector * SECTOR, sectors * SECTOR, line);
    });
  },
};

/** Where the last NUL of a line is, or -1. */
function lastNul({ bytes, start, end }: Line): number {
  for (let at = end - 1; at >= start; at--) if (bytes[at] === 0) return at;
  return -1;
}

/** Where the sixth field from the right starts, or `first` if there are fewer. */
function sixthField({ bytes, end }: Line, first: number): number {
  let at = end;
  for (let field = 0; field < 6; field++) {
    while (at > first && bytes[at - 1] === SPACE) at--;
    while (at > first && bytes[at - 1] !== SPACE) at--;
  }
  return at;
}

function checkMd5(line: Line): void {
  const { bytes, at, end } = line;
  const past = Math.min(end, at + MD5_DIGITS);
  let digits = at;
  while (digits < past && hexDigit(bytes[digits]!) >= 0) digits++;
  if (digits - at !== MD5_DIGITS) line.fail('the md5 has not 32 hexadecimal digits');
  line.at = digits;
  line.done('the md5');
}

/** `length key=value`, the length being that of the record with its line end. */
function isPaxRecord(line: Line): boolean {
  const { bytes, end } = line;
  let at = line.at;
  let length = 0;
  while (at < end && at - line.at < 7 && isDigit(bytes[at]!)) {
    length = length * 10 + bytes[at++]! - 0x30;
  }
  return length === end - line.at + 1 && bytes[at] === SPACE && /^[^ =]+=/.test(line.text(at + 1));
}
