import { qemuImg, qemuIo } from '@q/judge';
import path from 'node:path';

/** An image made by QEMU's tools. */
export interface Recipe {
  readonly name: string;
  /** `-o` of qemu-img create. */
  readonly options: string;
  /** Bytes. */
  readonly size: number;
  readonly cluster: number;
  readonly compressed?: boolean;
  readonly snapshots?: boolean;
  readonly bitmaps?: boolean;
  readonly backing?: boolean;
  readonly luks?: boolean;
  /** Write to it, too. Default true. */
  readonly writes?: boolean;
}

const plain = (options: string, cluster: number, rest: Partial<Recipe> = {}): Recipe => ({
  name: options,
  options,
  size: cluster * 200 + 512,
  cluster,
  ...rest,
});

/** Images of all shapes: versions, cluster sizes, refcount widths, snapshots, compression, bitmaps, a data file, encryption. */
export const RECIPES: readonly Recipe[] = [
  plain('compat=0.10,cluster_size=512', 512, { snapshots: true }),
  plain('compat=0.10,cluster_size=64k', 65536, { snapshots: true, compressed: true }),
  plain('cluster_size=512,refcount_bits=64', 512, { snapshots: true, compressed: true }),
  plain('cluster_size=4k,refcount_bits=1', 4096),
  plain('cluster_size=4k,refcount_bits=2', 4096, { snapshots: true }),
  plain('cluster_size=4k,refcount_bits=4', 4096, { snapshots: true, bitmaps: true }),
  plain('cluster_size=4k,refcount_bits=8', 4096, { snapshots: true, compressed: true }),
  plain('cluster_size=16k,refcount_bits=32', 16384, { snapshots: true, compressed: true }),
  plain('cluster_size=64k', 65536, { snapshots: true, compressed: true, bitmaps: true }),
  plain('cluster_size=64k,backing_file=b.raw,backing_fmt=raw', 65536, { backing: true }),
  plain('cluster_size=64k,compression_type=zstd', 65536, { compressed: true }),
  plain('cluster_size=16k,extended_l2=on', 16384, { snapshots: true, compressed: true }),
  plain('cluster_size=2M', 2 ** 21, { snapshots: true, bitmaps: true }),
  plain('cluster_size=2M,extended_l2=on,refcount_bits=16', 2 ** 21, { snapshots: true }),
  plain('cluster_size=64k,preallocation=metadata', 65536),
  plain('cluster_size=64k,extended_l2=on,preallocation=metadata', 65536),
  plain('cluster_size=64k,preallocation=falloc', 65536),
  plain('cluster_size=4k,lazy_refcounts=on', 4096, { snapshots: true }),
  plain('cluster_size=64k,data_file=d.raw', 65536),
  plain('cluster_size=64k,data_file=d.raw,data_file_raw=on', 65536),
  plain('cluster_size=64k,encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10', 65536, {
    luks: true,
  }),
];

/** Makes an image in a folder, and returns its path. */
export function makeImage(folder: string, recipe: Recipe): string {
  const file = path.join(folder, 'image.qcow2');
  const { cluster: c, size } = recipe;
  // qemu-io has no working folder of its own, so names are absolute.
  const options = recipe.options.replace(/(?<==)[bd]\.raw/, (name) => path.join(folder, name));
  if (recipe.backing) qemuImg(['create', '-q', '-f', 'raw', 'b.raw', String(size)], [0], folder);
  if (options.includes('data_file='))
    qemuImg(['create', '-q', '-f', 'raw', 'd.raw', '0'], [0], folder);
  if (recipe.luks === true) {
    const secret = ['--object', 'secret,id=s,data=open'];
    const args = ['create', '-q', ...secret, '-f', 'qcow2', '-o', options, file, String(size)];
    // On a busy machine qemu-img cannot measure how fast it derives keys, and gives up: ask again.
    for (let tries = 1; qemuImg(args, tries < 20 ? [0, 1] : [0]).status !== 0;) tries++;
    const image = `driver=qcow2,file.filename=${file},encrypt.format=luks,encrypt.key-secret=s`;
    qemuIo(image, [`write -q -P 1 0 ${c * 3}`], [...secret, '--image-opts']);
    return file;
  }
  qemuImg(['create', '-q', '-f', 'qcow2', '-o', options, file, String(size)], [0], folder);
  if (recipe.writes === false) return file;
  const io = (...commands: string[]): void => {
    qemuIo(file, commands, ['-f', 'qcow2', '-t', 'unsafe']);
  };
  if (recipe.compressed === true) {
    io(`write -q -c -P 9 ${c * 100} ${c * 8}`, `write -q -c -s ${file} ${c * 110} ${c}`);
  }
  io(
    `write -q -P 1 0 ${c * 6}`,
    `write -q -P 2 ${c * 20} ${c * 9}`,
    `write -q -P 3 ${c * 12 + 512} 512`,
    `write -q -P 4 ${c * 180} ${c * 20 + 512}`,
  );
  if (!options.includes('0.10')) {
    io(`write -q -z ${c * 22} ${c * 2}`, `write -q -z -u ${c * 25} ${c}`);
  }
  if (recipe.bitmaps === true) {
    qemuImg(['bitmap', '--add', '--enable', file, 'one']);
    qemuImg(['bitmap', '--add', '-g', '512', file, 'two']);
    io(`write -q -P 5 ${c * 30} ${c * 2}`);
  }
  if (recipe.snapshots === true) {
    qemuImg(['snapshot', '-c', 'first', file]);
    io(`write -q -P 6 ${c * 2} ${c}`, `write -q -P 7 ${c * 140} 512`);
    qemuImg(['snapshot', '-c', 'second', file]);
    io(
      `write -q -P 8 ${c * 21} ${c}`,
      `write -q -P 9 ${c * 150} ${c * 4}`,
      `discard -q ${c * 23} ${c * 2}`,
    );
  }
  return file;
}
