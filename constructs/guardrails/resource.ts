import { DefaultTokenResolver, StringConcat, TerraformResource, Tokenization } from 'cdktf';
import type { IConstruct } from 'constructs';
import { isRecord } from '../is-record';

/** A resource as Terraform will see it, with all overrides. */
export interface GuardedResource {
  /** The construct that made it. */
  readonly construct: TerraformResource;
  /** Path of its construct, such as `shop/cluster/cluster`. */
  readonly path: string;
  /** Type of the resource, such as `aws_eks_cluster`. */
  readonly type: string;
  /** Its arguments, in Terraform's JSON: blocks as objects or as lists, references as `${...}`. */
  readonly attributes: unknown;
}

/** The resources below a construct. */
export function resourcesBelow(scope: IConstruct): readonly GuardedResource[] {
  return scope.node
    .findAll()
    .filter((node): node is TerraformResource => TerraformResource.isTerraformResource(node))
    .map((construct) => {
      const written: unknown = Tokenization.resolve(construct.toTerraform(), {
        scope: construct,
        resolver: new DefaultTokenResolver(new StringConcat()),
        preparing: false,
      });
      const type = construct.terraformResourceType;
      return {
        construct,
        path: construct.node.path,
        type,
        attributes: at(written, 'resource', type, construct.friendlyUniqueId),
      };
    });
}

/**
 * What stands at a path. A block may be written as an object or as a list of one, in Terraform's JSON;
 * both are read alike. Below what is only known when it is deployed, that stands everywhere.
 */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((found, key) => {
    const block: unknown = Array.isArray(found) ? found[0] : found;
    if (isUnknown(block)) return block;
    return isRecord(block) ? block[key] : undefined;
  }, value);
}

/** The blocks at a path, of which there may be none. */
export function blocks(value: unknown, ...keys: readonly string[]): readonly unknown[] {
  const found = at(value, ...keys);
  if (found === undefined || found === null) return [];
  return Array.isArray(found) ? found : [found];
}

/** The words at a path. A reference to another resource is one, too. */
export function words(value: unknown, ...keys: readonly string[]): readonly string[] {
  return blocks(value, ...keys).filter((word): word is string => typeof word === 'string');
}

/** Whether a value is only known when it is deployed. What cannot be read is not judged. */
export function isUnknown(value: unknown): boolean {
  return typeof value === 'string' && value.includes('${');
}

/** Whether a value is the wanted one, or may be when it is deployed. Terraform takes "true" for true. */
export function mayBe(value: unknown, wanted: string | boolean): boolean {
  return value === wanted || value === String(wanted) || isUnknown(value);
}
