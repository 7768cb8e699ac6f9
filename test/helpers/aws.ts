import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { type TerraformResource, TerraformStack, Testing } from 'cdktf';
import { type Block, synthesise } from './synth';

/** A stack with the AWS provider. */
export function awsStack(): TerraformStack {
  const stack = new TerraformStack(Testing.app(), 'test');
  new AwsProvider(stack, 'aws', { region: 'eu-north-1' });
  return stack;
}

/** `aws_vpc.network_vpc_1234` */
export function address(resource: TerraformResource): string {
  return `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
}

/** An attribute of a resource, as another one refers to it. */
export function reference(resource: TerraformResource, attribute = 'id'): string {
  return `\${${address(resource)}.${attribute}}`;
}

/** A stack as Terraform reads it, by which its resources can be looked up. */
export class Plan {
  private readonly blocks: ReadonlyMap<string, Block>;

  public constructor(stack: TerraformStack) {
    const { resource = {}, data = {} } = synthesise(stack);
    const addressed = (blocks: typeof resource, prefix: string) =>
      Object.entries(blocks).flatMap(([type, byId]) =>
        Object.entries(byId).map(([id, block]) => [`${prefix}${type}.${id}`, block] as const),
      );
    this.blocks = new Map([...addressed(resource, ''), ...addressed(data, 'data.')]);
  }

  /** A resource's arguments. */
  public of(resource: TerraformResource): Block {
    const block = this.blocks.get(address(resource));
    if (block === undefined) throw new Error(`no ${address(resource)}`);
    return block;
  }

  /** All of one type; data sources start with `data.`. */
  public all(type: string): Block[] {
    return [...this.blocks].flatMap(([name, block]) =>
      name.startsWith(`${type}.`) ? [block] : [],
    );
  }

  /** The types of which there is at least one. */
  public get types(): ReadonlySet<string> {
    return new Set([...this.blocks.keys()].map((name) => name.slice(0, name.lastIndexOf('.'))));
  }

  /** Addresses of all that Terraform makes before the resource, and removes after it. */
  public before(resource: TerraformResource): ReadonlySet<string> {
    const found = new Set<string>();
    const visit = (name: string) => {
      const text = JSON.stringify(this.blocks.get(name));
      for (const [other] of text.matchAll(/(?:data\.)?(?:aws|terraform)_\w+\.[\w-]+/g)) {
        if (this.blocks.has(other) && !found.has(other)) {
          found.add(other);
          visit(other);
        }
      }
    };
    visit(address(resource));
    return found;
  }
}

/** The types among addresses. */
export function types(addresses: Iterable<string>): ReadonlySet<string> {
  return new Set([...addresses].map((name) => name.slice(0, name.lastIndexOf('.'))));
}
