import { DeviceNames } from '../device-names.ts';
import { textParser } from '../text-parser.ts';
import { qemuLayers, type QemuEvent } from './qemu-layers.ts';
import type { Line } from '../line.ts';
import type { TraceFormat } from '../format.ts';

const SPACE = 0x20;
const COLON = 0x3a;

/**
 * Trace events of QEMU's `log` backend, versions 5.1 to 7.2. One request passes several layers, each with its own events, so one layer is
 * chosen (`layer`): `blk`, the guest's requests (default), `virtio`, `nbd`, or `bdrv`, every node of the graph, format and file alike. A
 * device is the pointer by which the layer names it. An event may stand behind other output on a line; all else is counted.
 */
export const qemu: TraceFormat = {
  name: 'qemu',
  description: 'QEMU trace events of the log backend; layer blk, virtio, nbd or bdrv',
  extensions: [],
  sniff:
    /(?:^|[ :])(?:blk_co_p(?:read|write)v blk 0x|bdrv_co_p\w+ bs 0x|qcow2_\w+ (?:co|bs) 0x|virtio_blk_\w+ vdev 0x|nbd_(?:co_)?(?:receive|trip))/m,
  parser(context) {
    const { columns } = context;
    const name = context.options.layer ?? 'blk';
    const layer = qemuLayers[name];
    if (!Object.hasOwn(qemuLayers, name) || !layer) {
      const names = Object.keys(qemuLayers).join(', ');
      throw new RangeError(`layer ${JSON.stringify(name)} is not one of ${names}`);
    }
    const others = Object.entries(qemuLayers).filter(([other]) => other !== name);
    const devices = new DeviceNames(columns.deviceNames);
    return textParser(context, (line) => {
      const event = findEvent(line, layer);
      if (event) return event.parse(line, columns, devices);
      for (const [other, events] of others) {
        if (findEvent(line, events)) return columns.ignore(`event of layer ${other}`);
      }
      columns.ignore('other event or output');
    });
  },
};

/** The first of these events in a line, at a word's start; the cursor stands behind its name then. */
function findEvent(line: Line, events: readonly QemuEvent[]): QemuEvent | undefined {
  const { bytes, start, end } = line;
  for (let at = start; at < end; at++) {
    const before = at === start ? SPACE : bytes[at - 1];
    if (before !== SPACE && before !== COLON) continue;
    for (const event of events) {
      if (!line.startsWith(event.word, at)) continue;
      line.at = at + event.word.length;
      return event;
    }
  }
  return undefined;
}
