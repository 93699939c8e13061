/** The words that JSON schemas are written in here (OpenAPI 3.1 takes JSON Schema 2020-12). */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
}

/** Of these fields all but the `optional` ones are there. Fields that are not named may be added by a later version. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
  description?: string,
): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', ...(description && { description }), properties, required };
}

export function list(items: Schema, description?: string): Schema {
  return { type: 'array', ...(description && { description }), items };
}

export function mapOf(values: Schema, description?: string): Schema {
  return { type: 'object', ...(description && { description }), additionalProperties: values };
}

export function text(description?: string): Schema {
  return { type: 'string', ...(description && { description }) };
}

export function count(description?: string): Schema {
  return { type: 'integer', minimum: 0, ...(description && { description }) };
}

export function flag(description?: string): Schema {
  return { type: 'boolean', ...(description && { description }) };
}

/** RFC 3339, in UTC. */
export function moment(description?: string): Schema {
  return { type: 'string', format: 'date-time', ...(description && { description }) };
}

/** Of a union's members; an object that the compiler refuses when the model gains one it lacks. */
export function oneOf<T extends string>(members: Readonly<Record<T, true>>, description?: string): Schema {
  return { type: 'string', enum: Object.keys(members), ...(description && { description }) };
}

export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}
