// The workload of the shipped trace: a machine that serves many small projects and databases from one large disk.
//   node workstation.mjs FOLDER PHASE       exit status 3: there is no such phase
// The same seed gives the same choice of programs and projects; their timing, and so the merging of requests, differs from run to run.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const [folder, phase] = [process.argv[2], Number(process.argv[3])];
const tenants = 2600;
const projects = 350;
const root = fileURLToPath(new URL('../..', import.meta.url));

/** xorshift32: the same sequence on every machine. */
let state = (0x9e3779b9 ^ (phase * 7919)) >>> 0;
function random() {
  state ^= state << 13;
  state >>>= 0;
  state ^= state >>> 17;
  state ^= state << 5;
  state >>>= 0;
  return state / 2 ** 32;
}

/** Draws from 0 to n-1, a few often and most rarely: weight 1 / (rank + 1)^skew, with the ranks scattered over the indexes. */
function zipf(n, skew) {
  const sums = new Float64Array(n);
  let sum = 0;
  for (let i = 0; i < n; i++) sums[i] = sum += 1 / (i + 1) ** skew;
  return () => {
    const x = random() * sum;
    let [low, high] = [0, n - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle] < x) low = middle + 1;
      else high = middle;
    }
    return (low * 7919) % n;
  };
}

function run(command, args, options = {}) {
  return execFileSync(command, args, {
    stdio: ['pipe', 'ignore', 'inherit'],
    ...options,
    env: {
      ...process.env,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'q',
      GIT_AUTHOR_EMAIL: 'q@example.org',
      GIT_COMMITTER_NAME: 'q',
      GIT_COMMITTER_EMAIL: 'q@example.org',
      ...options.env,
    },
  });
}

/** A folder whose subfolders do not belong together: ext4 spreads them over the disk (chattr(1), attribute T). */
function spread(name) {
  mkdirSync(path.join(folder, name));
  run('chattr', ['+T', path.join(folder, name)]);
}

const database = (i) => path.join(folder, 'tenants', `t${i}`, 'main.db');
const folderOf = (i) => path.join(folder, 'projects', `p${i}`);

/** Loads each database as a restore does: without a journal of its own and without syncs. */
function createDatabases() {
  spread('tenants');
  for (let i = 0; i < tenants; i++) {
    mkdirSync(path.dirname(database(i)));
    const rows = 1500 + Math.floor(random() * 4500);
    run('sqlite3', [database(i)], {
      input: `pragma synchronous = off;
        pragma journal_mode = off;
        create table item (id integer primary key, owner integer, body text);
        create index item_owner on item (owner);
        with recursive n (i) as (select 1 union all select i + 1 from n where i < ${rows})
        insert into item select i, abs(random()) % 997, hex(randomblob(60 + abs(random()) % 120)) from n;`,
    });
  }
}

function cloneProjects() {
  spread('projects');
  for (let i = 0; i < projects; i++) run('git', ['clone', '-q', `file://${root}`, folderOf(i)]);
}

/** One request of a tenant: a look by key and one by index; about a third change something. */
function visit(i) {
  const id = () => 1 + Math.floor(random() * 1500);
  const look = `select body from item where id = ${id()};
    select body from item where owner = ${id() % 997} limit 1;`;
  const change = `begin;
    update item set body = hex(randomblob(90)) where id = ${id()};
    insert into item (owner, body) values (${id() % 997}, hex(randomblob(90)));
    commit;`;
  run('sqlite3', [database(i)], { input: random() < 0.35 ? look + change : look });
}

/** A day of a project: look at its state, read its history, search it, change it. */
function work(i) {
  const at = { cwd: folderOf(i) };
  run('git', ['status', '--short'], at);
  if (random() < 0.2) run('git', ['log', '--stat', '-3'], at);
  if (random() < 0.1) run('git', ['grep', '-c', 'function'], at);
  if (random() < 0.3) {
    writeFileSync(
      path.join(folderOf(i), `note-${Math.floor(random() * 1e6)}.txt`),
      `${random()}\n`,
    );
    run('git', ['add', '-A'], at);
    run('git', ['commit', '-q', '-m', 'note'], at);
  }
  if (random() < 0.02) run('git', ['gc', '-q'], at);
}

/** Requests of tenants, some dozens of them busy at a time, and now and then somebody at work in a project. Who is popular changes with each call. */
function serve(requests) {
  const [tenant, project] = [zipf(tenants, 0.8), zipf(projects, 0.8)];
  const shift = Math.floor(random() * tenants);
  const arrive = () => (tenant() + shift) % tenants;
  const busy = Array.from({ length: 60 }, arrive);
  for (let i = 0; i < requests; i++) {
    const one = Math.floor(random() * busy.length);
    visit(busy[one]);
    if (random() < 1 / 6) busy[one] = arrive();
    if (i % 50 === 0) work((project() + shift) % projects);
  }
}

/** A package install, from npm's cache so that the network does not pace it, then a build with what was installed. */
function install(home, dependencies) {
  mkdirSync(home, { recursive: true });
  writeFileSync(path.join(home, 'package.json'), JSON.stringify({ private: true, dependencies }));
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: home,
  });
}

function installs() {
  spread('home');
  const some = { typescript: '6.0.3', vitest: '4.1.12', prettier: '3.10.1' };
  for (const name of ['ada', 'grace', 'edsger']) install(path.join(folder, 'home', name), some);
  rmSync(path.join(folder, 'home/grace/node_modules'), { recursive: true });
}

/** A PostgreSQL server under pgbench's TPC-B load. */
function bench() {
  const data = path.join(folder, 'postgres');
  const bin = '/usr/lib/postgresql/15/bin';
  const as = (program, args) =>
    run('runuser', ['-u', 'postgres', '--', program, ...args], { cwd: '/' });
  if (!existsSync(data)) {
    mkdirSync(data);
    run('chown', ['postgres', data]);
    chmodSync(folder, 0o755);
    as(`${bin}/initdb`, ['-D', data]);
  }
  const options = `-c unix_socket_directories=${data} -c listen_addresses= -c shared_buffers=32MB -c max_wal_size=128MB`;
  as(`${bin}/pg_ctl`, ['-D', data, '-w', '-l', `${data}/log`, '-o', options, 'start']);
  try {
    as('pgbench', ['-h', data, '-i', '-q', '-s', '10', 'postgres']);
    as('pgbench', ['-h', data, '-c', '2', '-t', '600', 'postgres']);
  } finally {
    as(`${bin}/pg_ctl`, ['-D', data, '-w', '-m', 'fast', 'stop']);
  }
}

const phases = [
  [createDatabases, cloneProjects, () => serve(5000)],
  [installs, () => serve(4500), bench, () => serve(4500)],
];
if (!(phase in phases)) process.exit(3);
for (const part of phases[phase]) part();
