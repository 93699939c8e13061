/** One deployment through its life: deployed, deployed again with changes, destroyed; its functions run meanwhile. */
import type { Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { PrivateHostedZone } from 'aws-cdk-lib/aws-route53';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { HttpAccess } from '../../infra/index.ts';
import type { Processes } from '../../src/local/processes.ts';
import type { TableStream } from '../../src/local/stream.ts';
import { bootstrap, Cdk, type Outputs } from './cdk.ts';
import { DeployedFunctions } from './deployed-functions.ts';
import { disableMappings, playStream } from './event-sources.ts';
import { type Moto, startMoto } from './moto.ts';
import { readyStack } from './ready-stack.ts';
import { reduce, type Template, templateOf } from './reduced.ts';
import { type Made, madeBy, type Properties, told } from './stack.ts';
import { Surroundings, ZONE_NAME, ZONES } from './surroundings.ts';

export const STACK = 'Rehearsal';

export class Rehearsal {
  readonly moto: Moto;
  readonly surroundings: Surroundings;
  readonly log: string[] = [];
  template!: Template;
  made: readonly Made[] = [];
  functions!: DeployedFunctions;
  readonly #python: string;
  readonly #processes: Processes;
  readonly #cdk: Cdk;
  #assembly = '';
  #outputs: Outputs = {};
  #masters: Properties | undefined;
  #stream: TableStream | undefined;

  private constructor(moto: Moto, python: string, processes: Processes) {
    this.moto = moto;
    this.surroundings = new Surroundings(moto);
    this.#python = python;
    this.#processes = processes;
    this.#cdk = new Cdk(moto, processes);
  }

  static async begin(python: string, processes: Processes): Promise<Rehearsal> {
    const moto = await startMoto(python, 'us-east-1', processes);
    const rehearsal = new Rehearsal(moto, python, processes);
    await bootstrap(moto);
    await rehearsal.surroundings.create();
    return rehearsal;
  }

  /** @param settings - in the place of those in cdk.json */
  async deploy(settings: Readonly<Record<string, unknown>>): Promise<void> {
    const { vpc, hostedZoneId, topicArn, keyArn } = this.surroundings;
    const props = (elsewhere: Stack) => {
      const topic = Topic.fromTopicArn(elsewhere, 'Topic', topicArn);
      const zone = { hostedZoneId, zoneName: ZONE_NAME };
      return {
        // The nodes are on this machine.
        allowedNetworks: ['127.0.0.0/8'],
        httpAccess: HttpAccess.httpApi({ throttling: { rateLimit: 50, burstLimit: 100 }, operate: true }),
        dns: { zone: PrivateHostedZone.fromHostedZoneAttributes(elsewhere, 'Zone', zone) },
        notifications: { topic },
        alarms: topic,
        dashboard: true,
        encryptionKey: Key.fromKeyArn(elsewhere, 'Key', keyArn),
      };
    };
    const all = { region: 'us-east-1', zones: ZONES, vpc, dynamoEndpoint: 'create', ...settings };
    this.#assembly = readyStack({ settings: all, props }, STACK);
    this.template = templateOf(this.#assembly, STACK);
    reduce(this.#assembly, STACK);
    await this.#still();
    this.#outputs = await this.#cdk.deploy(this.#assembly, STACK);
    this.made = await madeBy(this.moto, STACK);
    await disableMappings(this.moto);
    const parties = { moto: this.moto, python: this.#python, processes: this.#processes };
    this.functions = await DeployedFunctions.of(STACK, this.template, parties, (line) => this.log.push(line));
    this.#stream = await playStream(this);
  }

  /** As the provider framework hands it on; CloudFormation makes text of every value. */
  async configure(request: 'Create' | 'Update' | 'Delete'): Promise<unknown> {
    const [is] = this.told('Custom::RedisMasters').values();
    if (!is) throw new Error('the template has no custom resource');
    const event = {
      RequestType: request,
      StackId: `arn:aws:cloudformation:us-east-1:123456789012:stack/${STACK}/5f0a`,
      LogicalResourceId: 'Masters',
      ResourceType: 'Custom::RedisMasters',
      ...(request !== 'Create' && { PhysicalResourceId: `${STACK}/Masters` }),
      ResourceProperties: asText(is),
      ...(request === 'Update' && { OldResourceProperties: this.#masters }),
    };
    const { functionName } = this.functions.the('SentinelConfigurationFunction');
    const answer = await this.functions.invoke(functionName, event);
    this.#masters = asText(is) as Properties;
    return answer;
  }

  async destroy(): Promise<void> {
    await this.#still();
    await this.#cdk.destroy(this.#assembly, STACK);
  }

  async tables(): Promise<unknown> {
    return (await this.moto.json('dynamodb', 'DynamoDB_20120810.ListTables', {}))['TableNames'];
  }

  /** What stood in the resources that were left out. */
  told(type: string): Map<string, Properties> {
    return told(this.template, this.#outputs, type);
  }

  /** @returns the physical ids of a type's resources whose names in the template begin so */
  readonly ids = (type: string, name = ''): string[] => {
    const found = this.made.filter((one) => one.type === `AWS::${type}` && one.name.startsWith(name));
    return found.map(({ id }) => id);
  };

  async end(): Promise<void> {
    await this.#still();
    this.surroundings.end();
  }

  async #still(): Promise<void> {
    await this.#stream?.end();
    this.#stream = undefined;
    await this.functions?.end();
  }
}

function asText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asText(inner)]));
}
