struct item *pool_take(struct pool *p, unsigned int flags)
{
	return 0;
}
