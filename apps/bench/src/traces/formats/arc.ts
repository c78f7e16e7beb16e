import { textParser } from '../text-parser.ts';
import { OP_READ } from '../trace.ts';
import type { TraceFormat } from '../format.ts';

/** The traces of the ARC paper (FAST '03): `start_block number_of_blocks ignored request_number`; blocks of 512 bytes, all reads. */
export const arc: TraceFormat = {
  name: 'arc',
  description: 'ARC paper .lis: start, blocks, unused, request number; sectors, all reads',
  extensions: ['.lis'],
  parser(context) {
    const { columns } = context;
    return textParser(context, (line) => {
      line.skipBlanks();
      const start = line.uint('start block');
      line.blanks('start block');
      const blocks = line.uint('number of blocks');
      line.blanks('number of blocks');
      line.uint('third field');
      line.blanks('third field');
      line.uint('request number');
      line.done('request number');
      columns.push(OP_READ, 0, start * 512, blocks * 512, line);
    });
  },
};
