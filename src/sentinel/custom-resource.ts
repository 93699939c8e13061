/** The declared masters as a custom resource of CloudFormation, by the protocol of CDK's provider framework. */
import { describeFault } from '../core/directives.ts';
import { isMasterName } from '../core/operations/address.ts';
import { type Declaration, readDeclaration, recallDeclaration } from '../core/operations/declaration.ts';
import { type ConfigureDeps, configure } from './configure.ts';
import { inOneLine } from './failures.ts';
import { withStandIn } from './kept-passwords.ts';

export interface CustomResourceAnswer {
  readonly PhysicalResourceId: string;
  /** What `Fn::GetAtt` finds: text. */
  readonly Data: Readonly<Record<string, string>>;
}

const NOTHING: Declaration = { masters: [], zones: [] };

/**
 * The same event again changes nothing, and the one with old and new exchanged takes it back.
 * @throws Error whose message CloudFormation shows as the reason of the failure
 */
export async function answerCustomResource(
  deps: ConfigureDeps,
  event: unknown,
): Promise<CustomResourceAnswer> {
  const { RequestType: request, ResourceProperties: is, OldResourceProperties: was, ...of } = fieldsOf(event);
  const owner = ownerOf(of);
  const id = text(of['PhysicalResourceId']) ?? owner;
  if (request === 'Delete') {
    const before = recallDeclaration(is);
    // the voters go with their masters, and with no other: a table that is kept may serve on
    await configure(deps, { owner, before, after: { masters: [], zones: before.zones } });
    return { PhysicalResourceId: id, Data: {} };
  }
  if (request !== 'Create' && request !== 'Update') {
    throw new Error(`RequestType is Create, Update or Delete; found ${typeof request}`);
  }
  const after = readDeclaration(is, {
    ...(deps.allows && { allows: deps.allows }),
    ...(deps.secrets && { referenced: withStandIn }),
  });
  if (!after.ok) {
    throw new Error(
      inOneLine('the code was refused and nothing was changed', after.faults.map(describeFault)),
    );
  }
  const before = request === 'Update' ? recallDeclaration(was) : NOTHING;
  await configure(deps, { owner, before, after: after.value });
  const names = after.value.masters.map(({ name }) => name).sort();
  return { PhysicalResourceId: id, Data: { Masters: names.join(','), Zones: after.value.zones.join(',') } };
}

/** The resource's own name in its stack's: another resource that declares the same masters is another owner. */
function ownerOf({ StackId: stackId, LogicalResourceId: logicalId }: Fields): string {
  const [, stack] = /:stack\/([A-Za-z0-9-]{1,128})\//.exec(text(stackId) ?? '') ?? [];
  const resource = text(logicalId);
  const parts = [stack, resource && isMasterName(resource) ? resource : undefined];
  return parts.filter((part) => part !== undefined).join('/') || 'lambda-sentinel';
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(event: unknown): Fields {
  return typeof event === 'object' && event !== null ? (event as Fields) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
