import { ascii } from '../line.ts';
import { textParser } from '../text-parser.ts';
import { scsiOp } from './scsi.ts';
import type { TraceFormat } from '../format.ts';

const HEADER = ascii('version,time,op,size,lbn');

/** libCacheSim's text form of vscsi: header `version,time,op,size,lbn`; opcode in hex without prefix, size in bytes, lbn in sectors. */
export const cloudphysics: TraceFormat = {
  name: 'cloudphysics',
  description: 'CloudPhysics csv of libCacheSim: version,time,op,size,lbn',
  extensions: [],
  sniff: /^version,time,op,size,lbn\r?\n/,
  parser(context) {
    const { columns } = context;
    return textParser(context, (line) => {
      if (line.number === 1) {
        if (!line.take(HEADER)) line.fail('the header version,time,op,size,lbn is missing');
        line.done('lbn');
        return columns.ignore('header');
      }
      line.uint('version');
      line.comma('version');
      line.decimal('time');
      line.comma('time');
      const opcode = line.hex('op');
      line.comma('op');
      const size = line.uint('size');
      line.comma('size');
      const sector = line.uint('lbn');
      line.done('lbn');
      const op = scsiOp(opcode, columns);
      if (op >= 0) columns.push(op, 0, sector * 512, size, line);
    });
  },
};
