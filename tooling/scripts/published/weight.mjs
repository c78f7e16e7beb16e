// What an entry point costs who loads it: bundled with all it imports, minified, compressed.
// Bundling for a browser is a check too: an import of node:anything has no file there, and fails.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { isNodeSide } from '../workspace.mjs';

/** Bundles an installed entry point, for Node when it is a Node one and for browsers otherwise. Sizes are in bytes. */
export async function weigh({ specifier, subpath }, folder) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export * from '${specifier}';`, resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    platform: isNodeSide(subpath) ? 'node' : 'browser',
    format: 'esm',
    target: 'es2022',
    outdir: 'out',
    loader: { '.wasm': 'file' },
    logLevel: 'silent',
  });
  const files = [
    ...outputFiles.map(({ contents }) => contents),
    ...assetsOf(metafile, folder).map((file) => readFileSync(file)),
  ];
  const sum = (size) => files.reduce((total, file) => total + size(file), 0);
  return {
    code: outputFiles.map(({ text }) => text).join('\n'),
    minified: sum((file) => file.length),
    gzip: sum((file) => gzipSync(file, { level: 9 }).length),
  };
}

/** Files that bundled code loads beside itself, `new URL('./zstd.wasm', import.meta.url)`: esbuild leaves them where they are. */
function assetsOf(metafile, folder) {
  const used = new Set(Object.values(metafile.outputs).flatMap(({ inputs }) => filesIn(inputs)));
  const assets = [...used].flatMap((input) => {
    const file = path.join(folder, input);
    const text = readFileSync(file, 'utf8');
    return [...text.matchAll(/new URL\(\s*[`'"](\.[^`'"$]+)[`'"],\s*import\.meta\.url/g)].map(
      (match) => path.join(path.dirname(file), match[1]),
    );
  });
  return [...new Set(assets)];
}

/** The files of which something is in an output. */
function filesIn(inputs) {
  return Object.entries(inputs)
    .filter(([input, { bytesInOutput }]) => bytesInOutput > 0 && input !== '<stdin>')
    .map(([input]) => input);
}
