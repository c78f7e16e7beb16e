import { textParser } from '../text-parser.ts';
import { OP_READ, OP_WRITE } from '../trace.ts';
import type { TraceFormat } from '../format.ts';

const SECTOR = 512;

/** Tencent CBS (SNIA): `Timestamp,Offset,Size,IOType,VolumeID` without a header; sectors, 0 read and 1 write, seconds. */
export const tencent: TraceFormat = {
  name: 'tencent',
  description: 'Tencent CBS csv: time,offset,size,0 read|1 write,volume; sectors',
  extensions: [],
  parser(context) {
    const { columns } = context;
    return textParser(context, (line) => {
      line.decimal('Timestamp');
      line.comma('Timestamp');
      const offset = line.uint('Offset');
      line.comma('Offset');
      const size = line.uint('Size');
      line.comma('Size');
      const type = line.uint('IOType');
      if (type > 1) line.fail('IOType is not 0 or 1');
      line.comma('IOType');
      const volume = line.uint('VolumeID');
      line.done('VolumeID');
      columns.push(type === 0 ? OP_READ : OP_WRITE, volume, offset * SECTOR, size * SECTOR, line);
    });
  },
};
