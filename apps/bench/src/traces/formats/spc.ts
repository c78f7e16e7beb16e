import { textParser } from '../text-parser.ts';
import { OP_READ, OP_WRITE } from '../trace.ts';
import type { Line } from '../line.ts';
import type { TraceFormat } from '../format.ts';

const SECTOR = 512;

/**
 * SPC trace format (UMass Financial, WebSearch): `ASU,LBA,Size,Opcode,Timestamp` and any number of further fields. LBA counts blocks of
 * the unit, which are taken as 512 bytes; Size is bytes; each unit is its own address space. Blanks may follow a comma.
 */
export const spc: TraceFormat = {
  name: 'spc',
  description: 'SPC, UMass: unit,sector,bytes,R|W,time[,...]',
  extensions: ['.spc'],
  parser(context) {
    const { columns } = context;
    return textParser(context, (line) => {
      const unit = line.uint('ASU');
      comma(line, 'ASU');
      const block = line.uint('LBA');
      comma(line, 'LBA');
      const size = line.uint('Size');
      comma(line, 'Size');
      const letter = line.peek() | 0x20;
      if (letter !== 0x72 && letter !== 0x77) line.fail('Opcode is not R or W');
      line.at++;
      comma(line, 'Opcode');
      line.decimal('Timestamp');
      line.skipBlanks();
      if (line.at < line.end) line.comma('Timestamp');
      columns.push(letter === 0x72 ? OP_READ : OP_WRITE, unit, block * SECTOR, size, line);
    });
  },
};

function comma(line: Line, after: string): void {
  line.comma(after);
  line.skipBlanks();
}
