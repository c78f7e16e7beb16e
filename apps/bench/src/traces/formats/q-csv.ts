import { ascii } from '../line.ts';
import { textParser } from '../text-parser.ts';
import { OP_DISCARD, OP_READ, OP_WRITE, OP_ZERO } from '../trace.ts';
import type { TraceFormat } from '../format.ts';

const HEADER = ascii('op,dev,offset,length');

/** This bench's own interchange form: header `op,dev,offset,length`; R read, W write, D discard, Z write zeroes; bytes. */
export const qCsv: TraceFormat = {
  name: 'q-csv',
  description: 'op,dev,offset,length with R, W, D or Z; bytes',
  extensions: [],
  sniff: /^op,dev,offset,length\r?\n/,
  parser(context) {
    const { columns } = context;
    return textParser(context, (line) => {
      if (line.number === 1) {
        if (!line.take(HEADER)) line.fail('the header op,dev,offset,length is missing');
        line.done('length');
        return columns.ignore('header');
      }
      const op = operation(line.peek());
      if (op < 0) line.fail('op is not R, W, D or Z');
      line.at++;
      line.comma('op');
      const device = line.uint('dev');
      line.comma('dev');
      const offset = line.uint('offset');
      line.comma('offset');
      const length = line.uint('length');
      line.done('length');
      columns.push(op, device, offset, length, line);
    });
  },
};

function operation(letter: number): number {
  switch (letter) {
    case 0x52:
      return OP_READ;
    case 0x57:
      return OP_WRITE;
    case 0x44:
      return OP_DISCARD;
    case 0x5a:
      return OP_ZERO;
    default:
      return -1;
  }
}
