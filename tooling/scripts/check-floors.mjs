// Prints every violation of the dependency rule; fails when there is one.
import { floorProblems } from './floors.mjs';
import { repositoryRoot } from './workspace.mjs';

const problems = floorProblems(repositoryRoot);
for (const problem of problems) console.error(`floors: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
else console.log('floors: every arrow points down');
