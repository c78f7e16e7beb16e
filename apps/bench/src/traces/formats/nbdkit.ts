import { DeviceNames } from '../device-names.ts';
import { ascii, isDigit, type Line } from '../line.ts';
import { textParser } from '../text-parser.ts';
import { OP_DISCARD, OP_READ, OP_WRITE, OP_ZERO } from '../trace.ts';
import type { TraceFormat } from '../format.ts';

const STAMP = ascii('dddd-dd-dd dd:dd:dd.dddddd ');
const CONNECTION = ascii('connection=');
const DOTS = ascii('...');
const OFFSET = ascii('offset=');
const COUNT = ascii('count=');
const DIGIT = 0x64;
const OTHERS = new Set([
  'Ready',
  'Fork',
  'Preconnect',
  'ListExports',
  'Connect',
  'Disconnect',
  'Flush',
  'Extents',
  'Cache',
]);
const OPERATIONS = new Map([
  ['Read', OP_READ],
  ['Write', OP_WRITE],
  ['Trim', OP_DISCARD],
  ['Zero', OP_ZERO],
]);

/**
 * nbdkit's log filter: a line where a request enters (`Read id=1 offset=0x0 count=0x1000 ...`) and one where it leaves (`...Read id=1`).
 * The entering lines count, numbers are hex. A device is the name of the export that the connection asked for; a connection whose Connect
 * line is not in the log counts as one of the default export, whose name is empty.
 */
export const nbdkit: TraceFormat = {
  name: 'nbdkit',
  description: "nbdkit's log filter (logfile=)",
  extensions: [],
  sniff:
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} (?:connection=\d|Ready|Fork|Preconnect|ListExports)/,
  parser(context) {
    const { columns } = context;
    const devices = new DeviceNames(columns.deviceNames);
    const exports = new Map<number, Uint8Array>();
    const defaultExport = new Uint8Array(0);
    return textParser(context, (line) => {
      stamp(line);
      let connection = 0;
      if (line.take(CONNECTION)) {
        connection = line.uint('connection');
        line.blanks('connection');
      }
      if (line.take(DOTS)) return columns.ignore('reply');
      const op = operation(line);
      if (op < 0) {
        const action = otherAction(line);
        if (action === 'Connect') exports.set(connection, exportName(line));
        return columns.ignore(action);
      }
      let offset = -1;
      let count = -1;
      let closed = false;
      while (line.at < line.end) {
        line.blanks('a field');
        if (line.take(OFFSET)) offset = line.hex('offset');
        else if (line.take(COUNT)) count = line.hex('count');
        else {
          const field = line.at;
          closed = line.skipWord() === 3 && line.startsWith(DOTS, field);
        }
      }
      if (!closed) line.fail('the line does not end with "..."');
      if (offset < 0 || count < 0) line.fail('offset or count is missing');
      const name = exports.get(connection) ?? defaultExport;
      columns.push(op, devices.number(name, 0, name.length), offset, count, line);
    });
  },
};

function stamp(line: Line): void {
  for (let i = 0; i < STAMP.length; i++) {
    const byte = line.at + i < line.end ? line.bytes[line.at + i]! : 0;
    if (STAMP[i] === DIGIT ? !isDigit(byte) : byte !== STAMP[i]) {
      line.fail('the line does not start with date and time');
    }
  }
  line.at += STAMP.length;
}

/** The operation of the word at the cursor, which is passed; or -1, and the cursor stays. */
function operation(line: Line): number {
  const start = line.at;
  const length = line.skipWord();
  // All four are told by their length and first letter before a string is made.
  const first = line.bytes[start]!;
  const candidate =
    (length === 4 && (first === 0x52 || first === 0x54 || first === 0x5a)) ||
    (length === 5 && first === 0x57);
  const op = candidate ? OPERATIONS.get(line.text(start, line.at)) : undefined;
  if (op === undefined) line.at = start;
  return op ?? -1;
}

function otherAction(line: Line): string {
  const start = line.at;
  line.skipWord();
  const word = line.text(start, line.at);
  return OTHERS.has(word) ? word : line.fail('unknown action');
}

function exportName(line: Line): Uint8Array {
  const quoted = / export="((?:[^"\\]|\\.)*)"/.exec(line.text(line.at));
  if (!quoted) return line.fail('Connect without export="..."');
  return ascii(quoted[1]!);
}
