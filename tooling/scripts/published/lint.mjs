// What one packed package promises in its manifest, held against what is in it.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { run, tool } from './pack.mjs';

/** Throws with all complaints about a package that `install` answered. */
export async function lint(installed) {
  const complaints = manifestComplaints(installed);
  const { messages, pkg } = await publint({ pkgDir: installed.folder, pack: false, strict: true });
  complaints.push(...messages.map((message) => `publint: ${formatMessage(message, pkg)}`));
  try {
    const attw = tool('@arethetypeswrong/cli/dist/index.js');
    await run(process.execPath, [attw, installed.tarball, '--profile', 'esm-only', '--no-emoji']);
  } catch (error) {
    complaints.push(`attw: ${error.message}`);
  }
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
}

function manifestComplaints({ manifest, folder }) {
  const complaints = [];
  const text = JSON.stringify(manifest);
  for (const word of ['@q/source', 'workspace:']) {
    if (text.includes(word)) complaints.push(`the packed manifest still contains "${word}"`);
  }
  for (const field of ['description', 'license', 'engines']) {
    if (!manifest[field]) complaints.push(`the manifest has no "${field}"`);
  }
  if (manifest.sideEffects !== false)
    complaints.push('the manifest does not say "sideEffects": false');
  if (manifest.scripts?.postinstall ?? manifest.scripts?.install)
    complaints.push('has an install script');
  for (const file of ['README.md', 'LICENSE']) {
    if (!existsSync(path.join(folder, file))) complaints.push(`${file} is not in the package`);
  }
  const allowed = new Set(['README.md', 'LICENSE', 'CHANGELOG.md', 'package.json', 'dist']);
  for (const name of readdirSync(folder)) {
    if (!allowed.has(name)) complaints.push(`${name} should not be in the package`);
  }
  return complaints;
}
