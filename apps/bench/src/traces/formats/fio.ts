import { DeviceNames } from '../device-names.ts';
import { ascii, type Line } from '../line.ts';
import { textParser } from '../text-parser.ts';
import { OP_DISCARD, OP_READ, OP_WRITE } from '../trace.ts';
import type { TraceFormat } from '../format.ts';

const VERSION_2 = ascii('fio version 2 iolog');
const VERSION_3 = ascii('fio version 3 iolog');
const READ = ascii('read');
const WRITE = ascii('write');
const TRIM = ascii('trim');

/**
 * fio iolog, version 2 `filename action [offset length]` and version 3, the same behind a time stamp. Bytes from the start of the file; each
 * file is a device. Actions on a file (add, open, close), sync, datasync and wait are counted.
 */
export const fio: TraceFormat = {
  name: 'fio',
  description: 'fio iolog, version 2 or 3',
  extensions: ['.iolog'],
  sniff: /^fio version [23] iolog\r?\n/,
  parser(context) {
    const { columns } = context;
    const devices = new DeviceNames(columns.deviceNames);
    let stamped = false;
    return textParser(context, (line) => {
      if (line.number === 1) {
        stamped = line.take(VERSION_3);
        if (!stamped && !line.take(VERSION_2)) {
          line.fail('the first line is not "fio version 2 iolog" or "fio version 3 iolog"');
        }
        line.done('iolog');
        return columns.ignore('header');
      }
      if (stamped) {
        line.decimal('the time stamp');
        line.blanks('the time stamp');
      }
      const name = line.at;
      if (line.skipWord() === 0) line.fail('the file name is missing');
      const nameEnd = line.at;
      line.blanks('the file name');
      const action = line.at;
      if (line.skipWord() === 0) line.fail('the action is missing');
      const op = operation(line, action);
      if (op < 0) return columns.ignore(otherAction(line, action));
      line.blanks('the action');
      const offset = line.uint('offset');
      line.blanks('offset');
      const length = line.uint('length');
      line.done('length');
      columns.push(op, devices.number(line.bytes, name, nameEnd), offset, length, line);
    });
  },
};

/** The operation of the word from `action` to the cursor, or -1. */
function operation(line: Line, action: number): number {
  const length = line.at - action;
  if (length === 4 && line.startsWith(READ, action)) return OP_READ;
  if (length === 5 && line.startsWith(WRITE, action)) return OP_WRITE;
  if (length === 4 && line.startsWith(TRIM, action)) return OP_DISCARD;
  return -1;
}

/** Checks a line that is no request, and says what it is. */
function otherAction(line: Line, action: number): string {
  const word = line.text(action, line.at);
  switch (word) {
    case 'add':
    case 'open':
    case 'close':
      line.done('the action');
      return `file ${word}`;
    case 'sync':
    case 'datasync':
    case 'wait':
      line.blanks('the action');
      line.uint('the first number');
      line.blanks('the first number');
      line.uint('the second number');
      line.done('the second number');
      return word;
    default:
      return line.fail('unknown action');
  }
}
