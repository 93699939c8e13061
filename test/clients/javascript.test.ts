import { JAVASCRIPT } from './catalogue.ts';
import { defineGroup } from './group.ts';

defineGroup('clients in JavaScript', JAVASCRIPT);
