target_link_libraries(ai-pipeline PRIVATE m) # telephone.c: the filter
