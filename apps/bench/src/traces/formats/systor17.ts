import { ascii } from '../line.ts';
import { textParser } from '../text-parser.ts';
import { OP_READ, OP_WRITE } from '../trace.ts';
import type { TraceFormat } from '../format.ts';

const HEADER = ascii('Timestamp,Response,IOType,LUN,Offset,Size');
const COMMA = 0x2c;

/**
 * SYSTOR '17 (Fujitsu VDI): header `Timestamp,Response,IOType,LUN,Offset,Size`; bytes. Response and IOType are empty where no response was
 * seen: whether such a request read or wrote is not known, and it is counted only.
 */
export const systor17: TraceFormat = {
  name: 'systor17',
  description: "SYSTOR '17 csv: Timestamp,Response,IOType,LUN,Offset,Size; bytes",
  extensions: [],
  sniff: /^Timestamp,Response,IOType,LUN,Offset,Size\r?\n/,
  parser(context) {
    const { columns } = context;
    return textParser(context, (line) => {
      if (line.number === 1) {
        if (!line.take(HEADER)) line.fail('the header Timestamp,Response,IOType,... is missing');
        line.done('Size');
        return columns.ignore('header');
      }
      line.decimal('Timestamp');
      line.comma('Timestamp');
      if (line.peek() !== COMMA) line.decimal('Response');
      line.comma('Response');
      const letter = line.peek();
      if (letter !== COMMA) {
        if (letter !== 0x52 && letter !== 0x57) line.fail('IOType is not R, W or empty');
        line.at++;
      }
      line.comma('IOType');
      const lun = line.uint('LUN');
      line.comma('LUN');
      const offset = line.uint('Offset');
      line.comma('Offset');
      const size = line.uint('Size');
      line.done('Size');
      if (letter === COMMA) return columns.ignore('request without IOType');
      columns.push(letter === 0x52 ? OP_READ : OP_WRITE, lun, offset, size, line);
    });
  },
};
