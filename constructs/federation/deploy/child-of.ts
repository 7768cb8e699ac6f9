import { Construct } from 'constructs';

/** The construct of this id in a scope, which is made where there is none. */
export function childOf(scope: Construct, id: string): Construct {
  const child = scope.node.tryFindChild(id);
  return child instanceof Construct ? child : new Construct(scope, id);
}
