/** The command line: commands, options, and what `--help` says of them. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { readNode } from '../core/operations/address.ts';
import { Unavailable, Unreadable } from '../ports.ts';
import { type GatewayChoices, gateway } from './gateway.ts';
import { type ImportChoices, importConf } from './import.ts';
import { DONE, FAILED, MISUSED, Misuse, type Output, STANDARD_OUTPUT, type Status } from './output.ts';
import { type RestoreChoices, restoreMasters } from './restore.ts';
import { type StatusChoices, status } from './status.ts';
import { cureFor, withTable } from './table.ts';
import { type ZoneChoices, zone } from './zone.ts';

const ENVIRONMENT = `
The table is found as by every AWS tool: AWS_REGION, AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,
AWS_ENDPOINT_URL_DYNAMODB. A table on this machine needs --endpoint alone.
Exit status: 0 done, 1 not done, 2 asked in a way that cannot be understood.`;

/** @param args - without the program's own name. @returns the exit status; nothing is thrown for what a user did */
export async function run(args: readonly string[], output: Output = STANDARD_OUTPUT): Promise<Status> {
  let ended: Status = DONE;
  const program = build(output, (status) => {
    ended = status;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return ended;
  } catch (error) {
    return explain(error, output);
  }
}

function build(output: Output, end: (status: Status) => void): Command {
  const program = new Command('lambda-sentinel')
    .description('Redis Sentinel without servers: what its sentinels agree on, from the command line.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.out(text.trimEnd()),
      writeErr: (text) => output.err(text.trimEnd()),
    })
    .showHelpAfterError('(--help tells more)')
    .addHelpText('after', ENVIRONMENT);

  withTable(program.command('status'))
    .argument('[name]', 'one master, in detail')
    .description('show the masters, or all of one: its replicas, sentinels, failovers, events')
    .option('--json', 'one JSON object')
    .option('--events <count>', 'how many of the last events (default: 10)', wholeNumber(0, 1000))
    .option('--pulse <ms>', PULSE_IS, wholeNumber(1, 3_600_000), 1000)
    .addHelpText('after', STATUS_EXAMPLES)
    .action(async (name: string | undefined, choices: StatusChoices) =>
      end(await status(name, choices, output)),
    );

  withTable(program.command('import'))
    .argument('<file>', 'a sentinel.conf')
    .description(
      'register the masters of a sentinel.conf in the table; again, it changes only what the file changed',
    )
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--observe-only', 'let the zones watch and tell, and change nothing: beside redis-sentinel')
    .option('--json', 'one JSON object')
    .addHelpText('after', IMPORT_EXAMPLES)
    .action(async (file: string, choices: ImportChoices) => end(await importConf(file, choices, output)));

  withTable(program.command('gateway'))
    .argument(
      '[file]',
      'a sentinel.conf: port, bind, requirepass, user, aclfile, tls-*, logfile, loglevel, announce-*',
    )
    .description(
      'serve the Sentinel protocol from the table, for any client of Redis Sentinel; beside your application',
    )
    .option('--host <address>', 'where to listen (default: 127.0.0.1); another one needs a password or users')
    .option('--port <port>', 'the port (default: 26379)', wholeNumber(1, 65_535))
    .option('--announce <host:port>', 'where clients reach this gateway, if not there', address)
    .option('--peers <host:port,...>', 'other gateways, which clients are told of', addresses)
    .option('--allow-operate', 'take SENTINEL FAILOVER, SET, MONITOR, REMOVE, RESET and the like, too')
    .option('--ask-nodes', 'ask the nodes themselves for offsets and priorities, over connections of its own')
    .option('--poll <ms>', 'how often the table is read', wholeNumber(10, 60_000), 2000)
    .option('--pulse <ms>', PULSE_IS, wholeNumber(1, 3_600_000), 1000)
    .addHelpText('after', GATEWAY_EXAMPLES)
    .action(async (file: string | undefined, choices: GatewayChoices) => end(await gateway(file, choices)));

  withTable(program.command('restore'))
    .argument('[name...]', 'masters (default: all that the restored table knows)')
    .requiredOption('--from <table>', 'the table that DynamoDB restored from a backup, beside --table')
    .description('bring masters back as a backup knew them: paused, and in epochs far above any that was')
    .option('--dry-run', 'say what would be done, and do nothing')
    .addHelpText('after', RESTORE_EXAMPLES)
    .action(async (names: string[], choices: RestoreChoices) =>
      end(await restoreMasters(names, choices, output)),
    );

  withTable(program.command('zone'))
    .argument('<file>', 'a sentinel.conf; it is written back, as redis-sentinel does')
    .description('one zone and its port as a process, in the place of redis-sentinel sentinel.conf')
    .option('--pulse <ms>', 'how often it looks at the nodes', wholeNumber(100, 60_000), 1000)
    .option('--poll <ms>', 'how often it asks the table for what others did', wholeNumber(100, 60_000), 1000)
    .addHelpText('after', ZONE_EXAMPLES)
    .action(async (file: string, choices: ZoneChoices) => end(await zone(file, choices, output)));

  return program;
}

const PULSE_IS = 'how often the zones look, by which they are taken for alive';

const STATUS_EXAMPLES = `
Examples:
  lambda-sentinel status --table sentinel
  lambda-sentinel status mymaster --table sentinel --events 30
  lambda-sentinel status --table lambda-sentinel --endpoint http://127.0.0.1:8000 --json`;

const IMPORT_EXAMPLES = `
A password in the file is kept encrypted in the table, which takes SECRETS_KEY, the deployment's key; a reference
in its place (auth-pass env:NAME, secret:ARN) goes into the table as it is. Programs (notification-script) stay out.

Examples:
  lambda-sentinel import /etc/redis/sentinel.conf --table sentinel --dry-run
  lambda-sentinel import /etc/redis/sentinel.conf --table sentinel --observe-only`;

const GATEWAY_EXAMPLES = `
The password of the user default may be given as GATEWAY_PASSWORD. --ask-nodes with passwords kept in the table takes
SECRETS_KEY; references env:NAME are looked up here.

Examples:
  lambda-sentinel gateway --table sentinel
  GATEWAY_PASSWORD=… lambda-sentinel gateway --table sentinel --host 0.0.0.0 --allow-operate
  redis-cli -p 26379 sentinel get-master-addr-by-name mymaster`;

const RESTORE_EXAMPLES = `
A master that is monitored in --table is restored over only while it is paused. Look at what came back, then resume it:
the sentinels adopt the topology they find.

Examples:
  lambda-sentinel restore --from sentinel-restored --table sentinel --dry-run
  lambda-sentinel restore orders --from sentinel-restored --table sentinel`;

const ZONE_EXAMPLES = `
Zones are told apart by their myid, which is made at the first start. Masters that the table does not have yet are
entered into it; of those it has, the table counts. A password in the file takes SECRETS_KEY, the deployment's key.

Examples:
  lambda-sentinel zone /etc/redis/sentinel.conf --table sentinel
  lambda-sentinel zone sentinel.conf --table lambda-sentinel --endpoint http://127.0.0.1:8000`;

function address(text: string) {
  const read = readNode(text);
  if (!read) throw new InvalidArgumentError('allowed is host:port, with an IPv6 host in brackets.');
  return read;
}

function addresses(text: string) {
  return text.split(',').map((one) => address(one.trim()));
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`allowed is a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

function explain(error: unknown, output: Output): Status {
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : MISUSED; // it has told why itself
  if (error instanceof Misuse) {
    output.err(error.message);
    return MISUSED;
  }
  if (error instanceof Unavailable || error instanceof Unreadable) {
    output.err(cureFor(error.message) ?? error.message);
  } else output.err(`a fault in lambda-sentinel: ${error instanceof Error ? error.message : String(error)}`);
  return FAILED;
}
