// Each published package packed and installed alone: what comes along, whether the examples of its README run there, and how large
// its entry points are, minified and compressed, with everything they pull in. Compared with tooling/sizes.json.
// Needs a build. Takes the folder names of some packages as arguments, or all; `--update` records what it finds.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { installAlone, installedEntries } from './published/alone.mjs';
import { knowsQcow, unwantedCompany } from './published/company.mjs';
import { examplesOf, importedBy, runExamples } from './published/example.mjs';
import { pack } from './published/pack.mjs';
import { differences } from './published/record.mjs';
import { inTurns, steps } from './published/steps.mjs';
import { weigh } from './published/weight.mjs';
import { members, repositoryRoot } from './workspace.mjs';

const update = process.argv.includes('--update');
const chosen = process.argv.slice(2).filter((word) => word !== '--update');
const published = members(repositoryRoot, 'packages').filter(({ manifest }) => !manifest.private);
const unknown = chosen.filter((name) => !published.some((member) => member.name === name));
if (unknown.length > 0) {
  console.error(`sizes: no published package is called ${unknown.join(', ')}`);
  process.exit(2);
}
const checked = published.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
const recordFile = path.join(repositoryRoot, 'tooling/sizes.json');
const record = JSON.parse(readFileSync(recordFile, 'utf8'));

const started = performance.now();
const { step, failures } = steps('sizes');
const folder = mkdtempSync(path.join(tmpdir(), 'q-sizes-'));
try {
  const tarballs = new Map();
  await inTurns(published, 3, (member) =>
    step(member.name, 'pack', async () => {
      tarballs.set(member.manifest.name, await pack(member, folder));
    }),
  );
  const found = await inTurns(checked, 3, (member) => check(member, tarballs));
  for (const lines of found) for (const line of lines ?? []) console.log(line);
  if (chosen.length === 0) await step('tooling/sizes.json', 'packages', noneIsGone);
  if (update) {
    const sorted = Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
    const style = { ...(await resolveConfig(recordFile)), parser: 'json' };
    writeFileSync(recordFile, await format(JSON.stringify(sorted), style));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`sizes: ${checked.length} packages, ${failures()} failures, ${seconds} s`);
process.exitCode = failures() > 0 ? 1 : 0;

/** Answers the lines of the table about one package. */
async function check({ name: short, manifest: { name } }, tarballs) {
  const home = path.join(folder, 'alone', short);
  const all = await step(short, 'install alone', () => installAlone([name], tarballs, home));
  if (all === undefined) return undefined;
  const brings = all.filter((other) => other !== name);
  await step(short, 'what comes along', () => none(unwantedCompany(name, brings)));

  const weights = await step(short, 'bundles', () => weighAll(name, home));
  if (weights !== undefined) {
    const sizes = [...weights].map(([specifier, { gzip }]) => [specifier, gzip]);
    const found = { brings, gzip: Object.fromEntries(sizes) };
    if (update) record[name] = found;
    else await step(short, 'sizes', () => none(differences(name, found, record[name])));
    await step(short, 'code', () => qcowWhereItBelongs(name, weights));
  }
  const extra = await step(short, 'examples', () => examples(name, all, tarballs, home));
  const lines = [...(weights ?? [])].map(
    ([specifier, { minified, gzip }]) =>
      `sizes: ${specifier.padEnd(28)} ${kib(minified)} minified ${kib(gzip)} compressed`,
  );
  lines.push(`sizes:   alone it brings ${brings.join(', ') || 'nothing'}`);
  if (extra?.length > 0) lines.push(`sizes:   its examples need ${extra.join(', ')} besides`);
  return lines;
}

async function weighAll(name, home) {
  const weights = new Map();
  for (const entry of installedEntries(name, home)) {
    weights.set(entry.specifier, await weigh(entry, home));
  }
  return weights;
}

/** Installs what the examples import and the package does not bring, runs them, and answers the names of those packages. */
async function examples(name, installed, tarballs, home) {
  const programs = await examplesOf(name, home);
  const extra = importedBy(programs).filter(
    (other) => !installed.includes(other) && !other.startsWith('node:'),
  );
  none(extra.filter((other) => !tarballs.has(other)).map((other) => `${other} is not ours`));
  if (extra.length > 0) await installAlone([name, ...extra], tarballs, home);
  await runExamples(programs, home);
  return extra;
}

/** No QCOW code in what QED pulls in; the search is good only if it finds the code where it must be. */
function qcowWhereItBelongs(name, weights) {
  const knows = [...weights].filter(([, { code }]) => knowsQcow(code)).map(([entry]) => entry);
  if (name.endsWith('qed')) none(knows.map((entry) => `${entry} pulls in QCOW code`));
  if (name === '@q/format' && !knows.includes(name)) {
    throw new Error('the QCOW magic number was not found where it is defined');
  }
}

function noneIsGone() {
  const names = published.map(({ manifest }) => manifest.name);
  const gone = Object.keys(record).filter((name) => !names.includes(name));
  if (update) for (const name of gone) delete record[name];
  else none(gone.map((name) => `${name} is recorded, and no longer published`));
}

/** Throws the sentences, when there are any. */
function none(sentences) {
  if (sentences.length > 0) throw new Error(sentences.join('\n'));
}

function kib(bytes) {
  return `${(bytes / 1024).toFixed(1).padStart(7)} KiB`;
}
