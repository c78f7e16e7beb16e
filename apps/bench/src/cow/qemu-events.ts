/** The trace events that tell which file of QEMU's each request goes to. */
export const QEMU_EVENTS = ['bdrv_open_common', 'bdrv_co_preadv_part', 'bdrv_co_pwritev_part'];

const OPENED = /^bdrv_open_common bs (\S+) filename "(.*)" flags \S+ format_name "([^"]*)"/;
const REQUEST =
  /^bdrv_co_p(read|write)v_part bs (\S+) offset (\d+) bytes (\d+) flags 0x([0-9a-f]+)/;
/** A write of zeroes that moves no bytes. */
const FLAG_ZEROES = 2;

/** One request that QEMU made to a node of its block graph. */
export interface QemuRequest {
  readonly op: 'read' | 'write';
  /** The file's name, as QEMU was given it or found it in an image. */
  readonly file: string;
  /** The driver of the node: `file`, `raw`, `qcow2`. */
  readonly node: string;
  readonly offset: number;
  readonly bytes: number;
}

/** Reads the lines that `qemu-img --trace` prints for {@link QEMU_EVENTS}, and tells `sink` of each request. */
export function qemuEvents(sink: (request: QemuRequest) => void): (line: string) => void {
  const nodes = new Map<string, { readonly file: string; readonly node: string }>();
  return (line) => {
    const request = REQUEST.exec(line);
    if (request) {
      const [, op, bs, offset, bytes, flags] = request;
      const node = nodes.get(bs!);
      if (node === undefined || (Number.parseInt(flags!, 16) & FLAG_ZEROES) !== 0) return;
      sink({
        op: op as 'read' | 'write',
        ...node,
        offset: Number(offset),
        bytes: Number(bytes),
      });
      return;
    }
    const opened = OPENED.exec(line);
    if (opened) nodes.set(opened[1]!, { file: opened[2]!, node: opened[3]! });
  };
}
