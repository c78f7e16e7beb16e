import { textParser } from '../text-parser.ts';
import { OP_READ, OP_WRITE } from '../trace.ts';
import type { TraceFormat } from '../format.ts';

/** Alibaba block traces 2020: `device_id,opcode,offset,length,timestamp` without a header; bytes, R or W, microseconds. */
export const alibaba: TraceFormat = {
  name: 'alibaba',
  description: 'Alibaba 2020 csv: device,R|W,offset,length,time; bytes',
  extensions: [],
  parser(context) {
    const { columns } = context;
    return textParser(context, (line) => {
      const device = line.uint('device_id');
      line.comma('device_id');
      const letter = line.peek();
      if (letter !== 0x52 && letter !== 0x57) line.fail('opcode is not R or W');
      line.at++;
      line.comma('opcode');
      const offset = line.uint('offset');
      line.comma('offset');
      const length = line.uint('length');
      line.comma('length');
      line.decimal('timestamp');
      line.done('timestamp');
      columns.push(letter === 0x52 ? OP_READ : OP_WRITE, device, offset, length, line);
    });
  },
};
