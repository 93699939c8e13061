/** AWS' own linter of templates: types, properties and values by CloudFormation's schemas, references, conditions. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface Finding {
  readonly file: string;
  /** Such as E3002. */
  readonly rule: string;
  readonly message: string;
  /** From the template's root. */
  readonly path: string;
}

interface Match {
  readonly Filename: string;
  readonly Message: string;
  readonly Rule: { readonly Id: string };
  readonly Location: { readonly Path: readonly (string | number)[] | null };
}

const MAIN = 'from cfnlint.runner import main; main()';
/** Warnings are 4, errors 2, both 6: it has read everything. Anything else, such as 1 or 32, is a failure of its own. */
const SPOKE = [0, 2, 4, 6];

/** @throws Error when it did not come to its findings */
export async function cfnLint(python: string, files: readonly string[]): Promise<Finding[]> {
  const args = ['-c', MAIN, '--format', 'json', '--regions', 'eu-west-1', '--', ...files];
  const child = spawn(python, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve)),
  ]);
  if (status === null || !SPOKE.includes(status))
    throw new Error(`cfn-lint ended with ${status}: ${err}${out}`);
  return (JSON.parse(out) as Match[]).map(({ Filename, Message, Rule, Location }) => ({
    file: Filename,
    rule: Rule.Id,
    message: Message,
    path: (Location.Path ?? []).join('/'),
  }));
}
