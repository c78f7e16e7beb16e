import { DeviceNames } from '../device-names.ts';
import { ascii, type Line } from '../line.ts';
import { textParser } from '../text-parser.ts';
import { OP_DISCARD, OP_READ, OP_WRITE, OP_ZERO } from '../trace.ts';
import type { TraceFormat } from '../format.ts';

// The lowest and the highest byte at each place of a time stamp.
const STAMP = ascii('0000-00-00 00:00:00.000000 ');
const STAMP_HIGHEST = ascii('9999-99-99 99:99:99.999999 ');
const CONNECTION = ascii('connection=');
const DOTS = ascii('...');
const OFFSET = ascii('offset=');
const COUNT = ascii('count=');
const READ = ascii('Read ');
const WRITE = ascii('Write ');
const TRIM = ascii('Trim ');
const ZERO = ascii('Zero ');
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
        if (line.take(OFFSET)) {
          offset = line.hex('offset');
          line.blanks('offset');
        } else if (line.take(COUNT)) {
          count = line.hex('count');
          line.blanks('count');
        } else {
          const field = line.at;
          closed = line.skipWord() === 3 && line.startsWith(DOTS, field);
          line.skipBlanks();
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
  const { bytes, at, end } = line;
  // One sign bit for all places: a branch for each byte costs three times as much.
  let outside = end - at - STAMP.length;
  if (outside >= 0) {
    for (let i = 0; i < STAMP.length; i++) {
      const byte = bytes[at + i]!;
      outside |= (byte - STAMP[i]!) | (STAMP_HIGHEST[i]! - byte);
    }
  }
  if (outside < 0) line.fail('the line does not start with date and time');
  line.at = at + STAMP.length;
}

/** The operation at the cursor, which is passed; or -1, and the cursor stays. */
function operation(line: Line): number {
  if (line.take(READ)) return OP_READ;
  if (line.take(WRITE)) return OP_WRITE;
  if (line.take(TRIM)) return OP_DISCARD;
  return line.take(ZERO) ? OP_ZERO : -1;
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
