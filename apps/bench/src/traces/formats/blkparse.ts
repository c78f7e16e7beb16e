import { DeviceNames } from '../device-names.ts';
import { isDigit, type Line } from '../line.ts';
import { textParser } from '../text-parser.ts';
import { OP_DISCARD, OP_READ, OP_WRITE } from '../trace.ts';
import type { TraceFormat } from '../format.ts';

const SECTOR = 512;
const SPACE = 0x20;
const PLUS = 0x2b;
const OPEN = 0x28;
/** Actions whose events have `sector + sectors`. */
const ACTIONS = ['Q', 'G', 'I', 'D', 'C', 'R', 'M', 'F', 'S', 'A', 'B'];
const SUMMARY = /^(?:CPU\d+ \(|Total \(|Throughput \(|Events \(|Skips: | +[A-Z][A-Za-z]+ )/;

/**
 * blkparse's default text. One action counts as a request (`action`, D by default: issued to the device), since the same request passes
 * through several; the others are counted. RWBS tells read, write and discard; events without data (flushes) and SCSI pass-through have no
 * address. The summary behind the events is counted line by line; events may follow it where outputs were joined.
 */
export const blkparse: TraceFormat = {
  name: 'blkparse',
  description: 'blkparse default text; the D events, or another action',
  extensions: [],
  sniff: /^ *\d+,\d+ +\d+ +\d+ +\d+\.\d{9} +\d+ +[A-Z]{1,2} /,
  parser(context) {
    const { columns } = context;
    const action = context.options.action ?? 'D';
    if (!ACTIONS.includes(action)) {
      throw new RangeError(`action ${JSON.stringify(action)} is not one of ${ACTIONS.join(' ')}`);
    }
    const wanted = action.charCodeAt(0);
    const devices = new DeviceNames(columns.deviceNames);
    const others = new Uint32Array(1 << 14);
    return textParser(
      context,
      (line) => {
        line.skipBlanks();
        if (!isDigit(line.peek())) return columns.ignore(noEvent(line));
        const name = line.at;
        line.uint('major');
        line.comma('major');
        line.uint('minor');
        const nameEnd = line.at;
        line.blanks('the device');
        line.uint('cpu');
        line.blanks('cpu');
        line.uint('sequence');
        line.blanks('sequence');
        line.decimal('time');
        line.blanks('time');
        line.uint('pid');
        line.blanks('pid');
        const first = line.peek();
        const length = line.skipWord();
        if (length < 1 || length > 2) line.fail('the action is not one or two letters');
        if (length > 1 || first !== wanted) {
          const second = length > 1 ? line.bytes[line.at - 1]! & 0x7f : 0;
          others[(first & 0x7f) * 128 + second]!++;
          return;
        }
        line.blanks('the action');
        const op = operation(line);
        if (op < 0) return columns.ignore('event without data');
        line.blanks('RWBS');
        if (!isDigit(line.peek())) return columns.ignore('event without sectors');
        const sector = line.uint('sector');
        line.blanks('sector');
        if (line.peek() === OPEN) return columns.ignore('SCSI pass-through');
        if (line.peek() !== PLUS) return columns.ignore('event without sectors');
        line.at++;
        line.blanks('+');
        const sectors = line.uint('the number of sectors');
        if (line.at < line.end) line.blanks('the number of sectors');
        const device = devices.number(line.bytes, name, nameEnd);
        columns.push(op, device, sector * SECTOR, sectors * SECTOR, line);
      },
      () => {
        others.forEach((times, i) => {
          if (times === 0) return;
          const letters = String.fromCharCode(i >> 7, i & 0x7f).replace('\0', '');
          columns.ignore(`event ${letters}`, times);
        });
      },
    );
  },
};

/** The operation in RWBS, or -1 for none. An F before it is a flush that goes with it; F, A, S, M behind it are flags. */
function operation(line: Line): number {
  const { bytes, end } = line;
  let at = line.at;
  const start = at;
  while (at < end && bytes[at] === 0x46) at++;
  const letter = at < end ? bytes[at]! : SPACE;
  line.skipWord();
  for (let i = start; i < line.at; i++) {
    if (bytes[i]! < 0x41 || bytes[i]! > 0x5a) line.fail('RWBS is not capital letters');
  }
  if (letter === 0x52) return OP_READ;
  if (letter === 0x57) return OP_WRITE;
  return letter === 0x44 ? OP_DISCARD : -1;
}

/** What a line is that does not start with a device. */
function noEvent(line: Line): string {
  const text = line.text();
  if (text.trim() === '') return 'empty line';
  if (text.startsWith('Input file ')) return 'input file line';
  if (SUMMARY.test(text)) return 'summary line';
  return line.fail('neither an event nor a line of the summary');
}
