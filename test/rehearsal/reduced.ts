/** A cloud assembly whose template leaves out what cannot be rehearsed, and tells what stood there in its outputs. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LEFT_OUT } from './left-out.ts';

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** Before the name of an output that holds the properties of the resource of that name. */
export const TOLD = 'Told';

export function templateOf(assembly: string, stack: string): Template {
  return JSON.parse(readFileSync(join(assembly, `${stack}.template.json`), 'utf8')) as Template;
}

/** Changes the assembly itself: the template, and everywhere the hash under which it is published. */
export function reduce(assembly: string, stack: string): Template {
  const file = join(assembly, `${stack}.template.json`);
  const whole = readFileSync(file);
  const template = reducedTemplate(JSON.parse(whole.toString()) as Template);
  const text = JSON.stringify(template);
  writeFileSync(file, text);
  for (const name of ['manifest.json', `${stack}.assets.json`]) {
    const index = readFileSync(join(assembly, name), 'utf8');
    writeFileSync(join(assembly, name), index.replaceAll(sha256(whole), sha256(text)));
  }
  return template;
}

function reducedTemplate({ Resources, Outputs = {}, ...others }: Template): Template {
  const all = Object.entries(Resources);
  const out = all.filter(([, { Type }]) => Type in LEFT_OUT);
  const names = new Set(out.map(([name]) => name));
  const kept = all.filter(([name]) => !names.has(name));
  const told = out.map(([name, { Properties }]) => [
    `${TOLD}${name}`,
    { Value: { 'Fn::ToJsonString': Properties } },
  ]);
  const template = {
    ...others,
    Resources: Object.fromEntries(kept.map(([name, resource]) => [name, waitingOnlyFor(resource, names)])),
    Outputs: { ...Outputs, ...Object.fromEntries(told) },
  };
  return withoutReferences(template, names) as Template;
}

function waitingOnlyFor({ DependsOn, ...resource }: Resource, absent: ReadonlySet<string>): Resource {
  const left = DependsOn?.filter((name) => !absent.has(name)) ?? [];
  return { ...resource, ...(left.length > 0 && { DependsOn: left }) };
}

/** A reference to what is absent becomes its name: `<Api>`, `<Api.Arn>`. */
function withoutReferences(value: unknown, absent: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((element) => withoutReferences(element, absent));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  if (ref !== undefined && absent.has(ref)) return `<${ref}>`;
  if (attribute && absent.has(attribute[0])) return `<${attribute.join('.')}>`;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withoutReferences(inner, absent)]),
  );
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
