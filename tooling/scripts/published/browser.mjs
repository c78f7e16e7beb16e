// Every entry point that is not a Node one is bundled for a browser: an import of node:anything has no file there, and fails.
import { build } from 'esbuild';
import { isNodeSide } from '../workspace.mjs';

/** Answers the size of each bundle in bytes, minified, by entry point; throws with esbuild's message otherwise. */
export async function bundleForBrowser(packages, folder) {
  const sizes = new Map();
  for (const { specifier, code } of packages.flatMap((installed) => installed.entries)) {
    if (isNodeSide(specifier.split('/').slice(2).join('/'))) continue;
    const { outputFiles } = await build({
      entryPoints: [code],
      absWorkingDir: folder,
      bundle: true,
      minify: true,
      write: false,
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      outdir: 'out',
      loader: { '.wasm': 'binary' },
      logLevel: 'silent',
    });
    sizes.set(
      specifier,
      outputFiles.reduce((sum, file) => sum + file.contents.length, 0),
    );
  }
  return sizes;
}
