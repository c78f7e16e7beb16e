import { DeviceNames } from '../device-names.ts';
import { ascii } from '../line.ts';
import { textParser } from '../text-parser.ts';
import { OP_READ, OP_WRITE } from '../trace.ts';
import type { TraceFormat } from '../format.ts';

const READ = ascii('Read');
const WRITE = ascii('Write');

/**
 * MSR Cambridge: `Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime` without a header; bytes. Disk numbers repeat across hosts, so
 * a device is `Hostname,DiskNumber`.
 */
export const msr: TraceFormat = {
  name: 'msr',
  description: 'MSR Cambridge csv: time,host,disk,Read|Write,offset,size,response; bytes',
  extensions: [],
  sniff: /^\d{17,18},[^,\n]+,\d+,(?:Read|Write),\d+,\d+,\d+\r?\n/,
  parser(context) {
    const { columns } = context;
    const devices = new DeviceNames(columns.deviceNames);
    return textParser(context, (line) => {
      line.decimal('Timestamp');
      line.comma('Timestamp');
      const name = line.at;
      if (line.skipField() === 0) line.fail('Hostname is empty');
      line.comma('Hostname');
      line.uint('DiskNumber');
      const device = devices.number(line.bytes, name, line.at);
      line.comma('DiskNumber');
      const op = line.take(READ) ? OP_READ : line.take(WRITE) ? OP_WRITE : -1;
      if (op < 0) line.fail('Type is not Read or Write');
      line.comma('Type');
      const offset = line.uint('Offset');
      line.comma('Offset');
      const size = line.uint('Size');
      line.comma('Size');
      line.decimal('ResponseTime');
      line.done('ResponseTime');
      columns.push(op, device, offset, size, line);
    });
  },
};
