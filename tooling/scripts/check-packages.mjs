// Each published package as its users get it: packed, unpacked into an empty folder, linted, compiled against, loaded.
// Needs a build. Takes the folder names of some packages as arguments, or all.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { consume } from './published/consumer.mjs';
import { lint } from './published/lint.mjs';
import { install } from './published/pack.mjs';
import { inTurns, steps } from './published/steps.mjs';
import { members, repositoryRoot } from './workspace.mjs';

const chosen = new Set(process.argv.slice(2));
const published = members(repositoryRoot, 'packages').filter(
  ({ name, manifest }) => !manifest.private && (chosen.size === 0 || chosen.has(name)),
);
if (published.length === 0) {
  console.error(`packages: none is called ${[...chosen].join(', ')}`);
  process.exit(2);
}

const folder = mkdtempSync(path.join(tmpdir(), 'q-packages-'));
const { step, failures } = steps('packages');
const started = performance.now();
try {
  const installed = await inTurns(published, 3, (member) =>
    step(member.name, 'pack', () => install(member, folder)),
  );
  const packages = installed.filter((one) => one !== undefined);
  await inTurns(packages, 3, (one) => step(one.name, 'lint', () => lint(one)));
  await step('all packages', 'types for consumers', () => consume(packages, folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`packages: ${published.length} checked, ${failures()} failures, ${seconds} s`);
process.exitCode = failures() > 0 ? 1 : 0;
