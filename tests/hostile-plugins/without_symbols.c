/* A shared object like any other, but no plugin. */
__attribute__((visibility("default"))) int warraq_something_else(void) { return 1; }
